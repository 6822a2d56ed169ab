import { DatabaseSync } from 'node:sqlite';

/** Values by key, in memory and in the file at once. */
export interface Collection<Value> {
  get(key: string): Value | undefined;
  /** In the order in which their keys were first set. */
  values(): Value[];
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/** What an engine of this folder remembers from start to start. */
export interface State {
  collection<Value>(name: string): Collection<Value>;
  /** All changes of `work` are there after a crash, or none. */
  atomically(work: () => void): void;
  close(): void;
}

/**
 * Opens a SQLite file; without one everything is in memory only.
 * What is written survives the end of this process at any point, but is not flushed to disk for each change.
 */
export function openState(file = ':memory:'): State {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA synchronous = OFF');
  db.exec('CREATE TABLE IF NOT EXISTS state (collection TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (collection, key))');
  const load = db.prepare('SELECT key, value FROM state WHERE collection = ? ORDER BY rowid');
  const put = db.prepare('INSERT INTO state VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value');
  const remove = db.prepare('DELETE FROM state WHERE collection = ? AND key = ?');
  return {
    collection<Value>(name: string): Collection<Value> {
      const rows = load.all(name) as { key: string; value: string }[];
      const values = new Map(rows.map(({ key, value }) => [key, JSON.parse(value) as Value]));
      return {
        get: (key) => values.get(key),
        values: () => [...values.values()],
        set(key, value) {
          put.run(name, key, JSON.stringify(value));
          values.set(key, value);
        },
        delete(key) {
          remove.run(name, key);
          values.delete(key);
        },
      };
    },
    atomically(work) {
      db.exec('BEGIN');
      work();
      db.exec('COMMIT');
    },
    close: () => db.close(),
  };
}
