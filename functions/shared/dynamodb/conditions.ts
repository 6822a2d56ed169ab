/** A clause of a DynamoDB condition, with its names and values still to be numbered. A name may be a path: `only.state`. */
export type Condition = (names: Placeholders, values: Placeholders) => string;

/** Numbers the attribute names and values of one request. */
export interface Placeholders {
  of: (value: unknown) => string;
}

export const is =
  (attribute: string, value: string | number): Condition =>
  (names, values) =>
    `${names.of(attribute)} = ${values.of(value)}`;

export const isOneOf =
  (attribute: string, allowed: readonly (string | number)[]): Condition =>
  (names, values) =>
    `${names.of(attribute)} IN (${allowed.map((value) => values.of(value)).join(', ')})`;

export const isAtMost =
  (attribute: string, value: number): Condition =>
  (names, values) =>
    `${names.of(attribute)} <= ${values.of(value)}`;

export const isAtLeast =
  (attribute: string, value: number): Condition =>
  (names, values) =>
    `${names.of(attribute)} >= ${values.of(value)}`;

export const isBelow =
  (attribute: string, value: number): Condition =>
  (names, values) =>
    `${names.of(attribute)} < ${values.of(value)}`;

export const isPresent =
  (attribute: string): Condition =>
  (names) =>
    `attribute_exists(${names.of(attribute)})`;

export const isAbsent =
  (attribute: string): Condition =>
  (names) =>
    `attribute_not_exists(${names.of(attribute)})`;

export const either =
  (...clauses: Condition[]): Condition =>
  (names, values) =>
    `(${clauses.map((clause) => clause(names, values)).join(' OR ')})`;

/** The attribute is as it was read: the same value, or still absent. */
export const unchanged = (attribute: string, seen: string | number | undefined): Condition =>
  seen === undefined ? isAbsent(attribute) : is(attribute, seen);

/** The item is not there, or has expired and only waits for DynamoDB to delete it. `now` in milliseconds. */
export const isGone = (now: number): Condition => either(isAbsent('pk'), isAtMost('expiresAt', Math.floor(now / 1000)));

/** What an update changes: `set` writes values (undefined ones are skipped), `add` counts, `remove` deletes attributes. */
export interface Change {
  set?: Record<string, unknown>;
  add?: Record<string, number>;
  remove?: readonly string[];
}

/** Several changes of one item as one. No two of them touch the same attribute. */
export function merge(...changes: readonly Change[]): Change {
  return {
    set: Object.assign({}, ...changes.map(({ set }) => set)),
    add: Object.assign({}, ...changes.map(({ add }) => add)),
    remove: changes.flatMap(({ remove = [] }) => remove),
  };
}

/** The same condition or change for attributes that stand inside of another one, a map: `state` becomes `only.state`. */
export const inside = (map: string, { set = {}, add = {}, remove = [] }: Change): Change => {
  const within = <Value>(values: Record<string, Value>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${map}.${name}`, value]));
  return { set: within(set), add: within(add), remove: remove.map((name) => `${map}.${name}`) };
};
export const conditionInside =
  (map: string, condition: Condition): Condition =>
  (names, values) =>
    condition({ of: (name) => names.of(`${map}.${String(name)}`) }, values);

/** Writes conditions and changes as DynamoDB expressions with numbered names (`#0`) and values (`:0`). */
export function toExpressions(conditions: readonly Condition[], change: Change = {}) {
  const names = paths(numbered('#'));
  const values = numbered(':');
  const parts: string[] = [];
  const set = Object.entries(change.set ?? {}).filter(([, value]) => value !== undefined);
  if (set.length > 0) parts.push(`SET ${set.map(([name, value]) => `${names.of(name)} = ${values.of(value)}`).join(', ')}`);
  const add = Object.entries(change.add ?? {});
  if (add.length > 0) parts.push(`ADD ${add.map(([name, value]) => `${names.of(name)} ${values.of(value)}`).join(', ')}`);
  if (change.remove?.length) parts.push(`REMOVE ${change.remove.map((name) => names.of(name)).join(', ')}`);
  const condition = conditions.map((clause) => clause(names, values)).join(' AND ');
  return { condition: condition || undefined, update: parts.join(' '), names: names.entries(), values: values.entries() };
}

/** Names that may be paths: each part of `only.state` is a name of its own. */
function paths(names: ReturnType<typeof numbered>) {
  return { ...names, of: (path: unknown) => String(path).split('.').map(names.of).join('.') };
}

function numbered(prefix: string) {
  const seen = new Map<unknown, string>();
  return {
    of(value: unknown): string {
      const known = seen.get(value);
      if (known) return known;
      const placeholder = `${prefix}${seen.size}`;
      seen.set(value, placeholder);
      return placeholder;
    },
    /** By placeholder; `undefined` when there are none, since DynamoDB refuses empty maps. */
    entries: () => (seen.size > 0 ? Object.fromEntries([...seen].map(([value, placeholder]) => [placeholder, value])) : undefined),
  };
}
