import { type Rule, startProxy } from './proxy.ts';

/** Addresses of everything that a worker talks to. */
export interface HarnessAddresses {
  table: string;
  queue: string;
  provider: string;
  bus: string;
  scheduler: string;
}

/** Where a worker is interrupted, before the request is passed on or after it was carried out, and what then. */
export interface Interruption {
  /** The number of a request from 1; or whichever goes to the provider, or is the first to the table after that. */
  at: number | 'provider' | 'record';
  /** `again`: between the two times that it is carried out, as when a client repeats a request whose answer got lost. The provider's never are. */
  when: 'before' | 'after' | 'again';
  /** It dies; or only this request, or the answer to it, gets lost; or it stalls until this resolves, and goes on as if nothing had been. */
  by: 'death' | 'loss' | Promise<void>;
}

/** What one worker sees of the harness. */
export interface Worker {
  addresses: HarnessAddresses;
  /** Its requests to whomever, in the order in which they came; those after its death are none. */
  requests: string[];
  /** Resolves when it comes to where it is interrupted. */
  interrupted: Promise<void>;
  isDead(): boolean;
  stop(): Promise<void>;
}

/**
 * Puts a proxy between a worker and everything that it talks to, which numbers its requests in one sequence. From its death on none
 * is passed on and none is answered any more, also of those that were under way: its code may run on, but can do nothing.
 */
export async function startWorker(harness: HarnessAddresses, interruption?: Interruption): Promise<Worker> {
  const requests: string[] = [];
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();
  let dead = false;
  /** @returns whether this request goes on */
  const disturb = async ({ by }: Interruption): Promise<boolean> => {
    dead = by === 'death';
    interrupt();
    if (typeof by === 'string') return false;
    await by;
    return true;
  };
  const rule =
    (target: keyof HarnessAddresses): Rule =>
    async ({ name }, carryOut) => {
      if (dead) return undefined;
      const number = requests.push(`${target} ${name.replace(/job_\w{26}/, 'JOB')}`);
      const isRecord = target === 'table' && requests.at(-2)?.startsWith('provider');
      const here = interruption && [number, target, isRecord && 'record'].includes(interruption.at) ? interruption : undefined;
      if (here?.when === 'before' && !(await disturb(here))) return undefined;
      const answer = await carryOut().catch(() => undefined);
      if (!here || here.when === 'before') return dead ? undefined : answer;
      if (!(await disturb(here))) return undefined;
      return here.when === 'again' && target !== 'provider' ? carryOut() : answer;
    };
  const [table, queue, bus, scheduler, provider] = await Promise.all([
    startProxy(harness.table, rule('table')),
    startProxy(harness.queue, rule('queue')),
    startProxy(harness.bus, rule('bus')),
    startProxy(harness.scheduler, rule('scheduler')),
    startProxy(new URL(harness.provider).origin, rule('provider')),
  ]);
  const { pathname } = new URL(harness.provider);
  return {
    addresses: { table: table.url, queue: queue.url, bus: bus.url, scheduler: scheduler.url, provider: `${provider.url}${pathname}` },
    requests,
    interrupted,
    isDead: () => dead,
    stop: async () => void (await Promise.all([table.stop(), queue.stop(), bus.stop(), scheduler.stop(), provider.stop()])),
  };
}
