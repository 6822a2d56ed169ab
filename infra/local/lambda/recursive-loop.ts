import { createHash, randomBytes } from 'node:crypto';
import type { FunctionSpec } from './instance.ts';

/** Lambda ends a chain of messages in which a function led to itself this often. */
export const LONGEST_CHAIN = 16;

/** How often each function, by its short hash, was invoked in the chain that led to a message. */
type Lineage = ReadonlyMap<string, number>;

/** Reads the part of an X-Ray trace header that Lambda counts in: `Lineage=a87bd80c:1|68fd508a:5`. */
function lineageOf(header: string): Lineage {
  const [, text = ''] = /(?:^|;)\s*Lineage=([^;]*)/.exec(header) ?? [];
  return new Map(
    text
      .split('|')
      .flatMap((part) => (/^\w+:\d+$/.test(part) ? [part.split(':') as [string, string]] : []))
      .map(([hash, count]) => [hash, Number(count)]),
  );
}

const hashOf = ({ functionArn }: Pick<FunctionSpec, 'functionArn'>): string =>
  createHash('sha256').update(functionArn).digest('hex').slice(0, 8);

/** Whether the chain that led to a message is too long for Lambda to let it go on. */
export function isRunaway(spec: Pick<FunctionSpec, 'functionArn' | 'mayLoop'>, header = ''): boolean {
  return !spec.mayLoop && (lineageOf(header).get(hashOf(spec)) ?? 0) >= LONGEST_CHAIN;
}

/** The trace header under which a function works on messages that came with these: of each function the longest chain, and one more of its own. */
export function traceFor(spec: Pick<FunctionSpec, 'functionArn'>, headers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const [hash, count] of headers.flatMap((header) => [...lineageOf(header)])) counts.set(hash, Math.max(count, counts.get(hash) ?? 0));
  const own = hashOf(spec);
  counts.set(own, (counts.get(own) ?? 0) + 1);
  const lineage = Array.from(counts, ([hash, count]) => `${hash}:${count}`).join('|');
  const root =
    /Root=[^;]+/.exec(headers[0] ?? '')?.[0] ?? `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  return `${root};Parent=${randomBytes(8).toString('hex')};Sampled=0;Lineage=${lineage}`;
}
