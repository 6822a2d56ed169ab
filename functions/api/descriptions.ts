/**
 * What describes the service, for programs and for people. This module is bundled by itself (see infra/bundle.ts), so it keeps no state
 * and throws nothing that the handler would have to know.
 */
export { eventSchemas } from '../shared/event/schemas.ts';
export { docs } from './docs.ts';
export { openApi } from './openapi.ts';
