/** A clock that all threads of a run share: a multiple of the wall's speed, and set forward now and then. */
export interface SharedClock {
  start: number;
  speed: number;
  /** Milliseconds that it was set forward by, in shared memory. */
  ahead: SharedArrayBuffer;
}

export function newClock(speed: number): SharedClock {
  return { start: Date.now(), speed, ahead: new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT) };
}

export function readClock({ start, speed, ahead }: SharedClock): () => number {
  const forward = new Float64Array(ahead);
  return () => Math.floor(start + (Date.now() - start) * speed + (forward[0] ?? 0));
}

export function setForward({ ahead }: SharedClock, milliseconds: number): void {
  const forward = new Float64Array(ahead);
  forward[0] = (forward[0] ?? 0) + milliseconds;
}
