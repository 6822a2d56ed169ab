declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** The options of dynalite 4 that are used here; without a path its data is in memory. */
  interface Options {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }
  export default function dynalite(options?: Options): Server;
}
