import { findApiKey, type KeyStore } from '../shared/caller/api-keys.ts';
import type { Identify } from './authorize.ts';

/** Knows callers by keys of this product. */
export function identifyByKey(store: Pick<KeyStore, 'table'>): Identify {
  return (credentials) => findApiKey(store, credentials);
}
