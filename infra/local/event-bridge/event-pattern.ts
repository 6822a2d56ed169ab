import { ServiceError } from '../aws-endpoint/service-error.ts';

type Scalar = string | number | boolean | null;
type Operator = { prefix: string } | { exists: boolean } | { 'anything-but': Scalar | Scalar[] };
/** Fields of an event, each with what it may be; a field inside of another is a pattern again. */
export interface Pattern {
  [field: string]: Pattern | (Scalar | Operator)[];
}

/**
 * Reads an event pattern: exact values, `prefix`, `exists` and `anything-but` of values.
 * @throws ServiceError InvalidEventPatternException, for operators too that are not known on one machine
 */
export function parsePattern(text: string): Pattern {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('it is no JSON');
  }
  checkPattern(value, '');
  return value as Pattern;
}

function checkPattern(value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`"${path}" must be an object or an array`);
  const fields = Object.entries(value);
  if (fields.length === 0) throw invalid(`"${path}" must not be empty`);
  for (const [field, inner] of fields) {
    if (!Array.isArray(inner)) checkPattern(inner, field);
    else if (inner.length === 0) throw invalid(`"${field}" must not be empty`);
    else for (const one of inner) if (!isScalar(one) && !isOperator(one)) throw invalid(`"${field}" has ${JSON.stringify(one)}`);
  }
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isOperator(value: object): value is Operator {
  const [[name, operand] = [], ...more] = Object.entries(value) as [string, unknown][];
  if (more.length > 0) return false;
  if (name === 'prefix') return typeof operand === 'string';
  if (name === 'exists') return typeof operand === 'boolean';
  return name === 'anything-but' && [operand].flat().length > 0 && [operand].flat().every(isScalar);
}

/** Whether every field of the pattern fits; a list in the event fits when one of its values does. */
export function matches(pattern: Pattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    const value = typeof event === 'object' && event !== null ? (event as Record<string, unknown>)[field] : undefined;
    if (!Array.isArray(wanted)) return matches(wanted, value);
    const values = Array.isArray(value) ? value : [value];
    return wanted.some((one) => values.some((candidate) => fits(one, candidate)));
  });
}

function fits(wanted: Scalar | Operator, value: unknown): boolean {
  if (isScalar(wanted)) return value === wanted;
  if ('exists' in wanted) return (value !== undefined) === wanted.exists;
  if ('prefix' in wanted) return typeof value === 'string' && value.startsWith(wanted.prefix);
  return value !== undefined && ![wanted['anything-but']].flat().includes(value as Scalar);
}

function invalid(reason: string): ServiceError {
  return new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}.`);
}
