import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Print } from './instance.ts';

/** Keeps what a function prints in `<folder>/<function>.log`; what it prints as an error is shown too. */
export function logTo(folder: string, functionName: string, show: (line: string) => void): Print {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `${functionName}.log`), 'a');
  return (line, stream) => {
    writeSync(file, `${line}\n`);
    if (stream === 'stderr') show(`${functionName}: ${line}`);
  };
}
