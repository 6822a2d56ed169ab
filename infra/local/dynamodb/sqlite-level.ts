import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';

type Change = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };

interface Range {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  limit?: number;
}

/** Rows that an iterator reads at once. */
const CHUNK = 100;
/** How many values are kept in memory, and up to which length each of them. */
const RECENT = 1_000;
const RECENT_LENGTH = 4_096;

/**
 * What dynalite asks of its store (the class `Level` of the package level), on SQLite: a request then takes about a fifth of the time, on
 * one thread instead of five. What is written survives the end of this process at any point, but is not flushed to disk for each change.
 */
export class SqliteLevel {
  readonly #db: DatabaseSync;
  readonly #read;
  readonly #write;
  readonly #remove;
  /** What was read or written of late, as JSON: a request comes back to what the one before it wrote, and to the table's description. */
  readonly #recent = new Map<string, string>();
  /** While changes are not committed yet: when they are. */
  #commit: Promise<void> | undefined;

  /** @param file `:memory:` keeps nothing. @throws Error with the code ERR_SQLITE_ERROR, `database is locked` when another process has it open */
  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000');
    this.#db.exec('CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
    this.#read = this.#db.prepare('SELECT value FROM entries WHERE key = ?');
    this.#write = this.#db.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?)');
    this.#remove = this.#db.prepare('DELETE FROM entries WHERE key = ?');
  }

  async get(key: string): Promise<unknown> {
    await this.#commit;
    const text = this.#recent.get(key) ?? (this.#read.get(key) as { value: string } | undefined)?.value;
    if (text === undefined) return undefined;
    this.#remember(key, text);
    return JSON.parse(text);
  }

  put(key: string, value: unknown): Promise<void> {
    return this.batch([{ type: 'put', key, value }]);
  }

  del(key: string): Promise<void> {
    return this.batch([{ type: 'del', key }]);
  }

  /** All changes of it are there after a crash, or none. What is changed in one turn of the event loop is committed at once. */
  batch(changes: readonly Change[]): Promise<void> {
    this.#commit ??= this.#begin();
    for (const change of changes) {
      this.#recent.delete(change.key);
      if (change.type === 'del') {
        this.#remove.run(change.key);
        continue;
      }
      const text = JSON.stringify(change.value);
      this.#write.run(change.key, text);
      this.#remember(change.key, text);
    }
    return this.#commit;
  }

  #remember(key: string, text: string): void {
    if (text.length > RECENT_LENGTH) return;
    if (this.#recent.size >= RECENT) this.#recent.clear();
    this.#recent.set(key, text);
  }

  async #begin(): Promise<void> {
    this.#db.exec('BEGIN');
    await setImmediate();
    this.#commit = undefined;
    try {
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#recent.clear();
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  keys(range: Range = {}) {
    return this.#rows(range, ({ key }) => key);
  }

  values(range: Range = {}) {
    return this.#rows(range, ({ value }) => JSON.parse(value) as unknown);
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  /** Ends with undefined, as Level's iterators do. */
  #rows<Result>({ gt, gte, lt, lte, reverse = false, limit = -1 }: Range, resultOf: (row: { key: string; value: string }) => Result) {
    const conditions: string[] = [];
    const bounds: string[] = [];
    const where = (operator: string, bound: string | undefined) => {
      if (bound === undefined) return;
      conditions.push(`key ${operator} ?`);
      bounds.push(bound);
    };
    where('>', gt);
    where('>=', gte);
    where('<', lt);
    where('<=', lte);
    const select = (more: string[], count: number) => {
      const text = [...conditions, ...more].join(' AND ') || 'TRUE';
      return this.#db.prepare(`SELECT key, value FROM entries WHERE ${text} ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT ${count}`);
    };
    let left = limit < 0 ? Number.POSITIVE_INFINITY : limit;
    let rows: { key: string; value: string }[] = [];
    let last: string | undefined;
    let isOver = false;
    const next = async (): Promise<Result | undefined> => {
      await this.#commit;
      if (rows.length === 0 && !isOver && left > 0) {
        const count = Math.min(CHUNK, left);
        const found =
          last === undefined ? select([], count).all(...bounds) : select([`key ${reverse ? '<' : '>'} ?`], count).all(...bounds, last);
        rows = (found as { key: string; value: string }[]).reverse();
        isOver = rows.length < count;
      }
      const row = rows.pop();
      if (!row) return undefined;
      last = row.key;
      left -= 1;
      return resultOf(row);
    };
    return { next };
  }
}
