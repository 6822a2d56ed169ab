import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTick } from 'node:timers/promises';

/** A task under way: a request to the API, or a function's work on a message. */
export interface Actor {
  name: string;
  /** Settles with it; never, once it was killed. */
  done: Promise<unknown>;
  state: 'at work' | 'ended' | 'dead';
}

interface PendingRequest {
  actor: Actor;
  /** Has its request made. @returns when the answer is there */
  go(answer: 'heard' | 'lost'): Promise<void>;
}

/** What makes a request when its step comes. */
type Middleware = { add(middleware: never, options: { step: 'finalizeRequest'; priority: 'low'; name: string }): void };

/** How often to look whether all workers have come to a request; then a worker that computes or sleeps is not waited for. */
const LOOKS = 200;

/**
 * Lets the requests of all actors go one at a time, each to its end, in a random order: the same random, the same interleaving.
 * Requests without an actor (the test's own) go at once.
 */
export class Steps {
  readonly #random: () => number;
  readonly #self = new AsyncLocalStorage<Actor>();
  readonly #actors = new Set<Actor>();
  #waiting: PendingRequest[] = [];
  /** Why an actor failed. */
  readonly failures: unknown[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Starts an actor. */
  spawn(name: string, act: () => Promise<unknown>): Actor {
    const actor: Actor = { name, state: 'at work', done: Promise.resolve() };
    this.#actors.add(actor);
    actor.done = this.#self.run(actor, act).finally(() => {
      actor.state = 'ended';
      this.#actors.delete(actor);
    });
    actor.done.catch((error) => this.failures.push(error));
    return actor;
  }

  /** Has every request of a client wait until its step. */
  join(client: { middlewareStack: Middleware }): void {
    const wait = (next: (args: unknown) => Promise<unknown>) => (args: unknown) => this.take(() => next(args));
    client.middlewareStack.add(wait as never, { step: 'finalizeRequest', priority: 'low', name: 'steps' });
  }

  /** Makes a request when its step comes. */
  take<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    const actor = this.#self.getStore();
    if (!actor) return request();
    return new Promise<Answer>((answer, fail) => {
      if (actor.state === 'dead') return;
      const go: PendingRequest['go'] = async (heard) => {
        const asked = request();
        await asked.catch(() => undefined);
        if (heard === 'heard') asked.then(answer, fail);
      };
      this.#waiting.push({ actor, go });
    });
  }

  /** Lets one request go. @returns whether there was one */
  async step(): Promise<boolean> {
    await this.#settled();
    const pending = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1)[0];
    await pending?.go('heard');
    return pending !== undefined;
  }

  /** Lets all requests go, until every actor has ended. */
  async finish(): Promise<void> {
    while ((await this.step()) || this.#actors.size > 0);
  }

  /** An actor dies: before its next request, or after it was carried out and before its answer. @returns which, if there was one */
  async kill(): Promise<Actor | undefined> {
    await this.#settled();
    const victims = [...this.#actors];
    const victim = victims[Math.floor(this.#random() * victims.length)];
    if (!victim) return undefined;
    victim.state = 'dead';
    this.#actors.delete(victim);
    const [first] = this.#waiting.filter(({ actor }) => actor === victim);
    this.#waiting = this.#waiting.filter(({ actor }) => actor !== victim);
    if (this.#random() < 0.5) await first?.go('lost');
    return victim;
  }

  /** Waits until every actor waits for its next request to go, or has ended. */
  async #settled(): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      await nextTick();
      if ([...this.#actors].every((actor) => this.#waiting.some((pending) => pending.actor === actor))) return;
    }
  }
}
