/**
 * What the model of the job protocol (functions/shared/job/PROTOCOL.md) knows: the items of one job of one batch, its environment, and
 * what each process has read and is about to write. Ids are names of processes: `1` and `2` stand for the random id that this process
 * holds, `old` for that of a process that has ended. Whether "as seen" still holds is kept as a bit of the process that has read, so that a
 * state holds no counter that could grow for ever. The answer to a failed condition and the read that follows it are one step: time passes
 * before it, not in between. Left out: jobs that are scheduled or come from a file, the limiter, and the day's limit.
 */
export type Id = '-' | '1' | '2' | 'old';
export type BatchState = 'absent' | 'waiting' | 'sending' | 'unknown' | 'accepted' | 'rejected' | 'cancelled' | 'expired';
export type JobStatus = 'absent' | 'creating' | 'queued' | 'sending' | 'attention' | 'completed' | 'cancelled' | 'expired';

/** What a process does next: mostly a write. */
export type Step =
  | 'idle'
  // A request to send, or a worker: both are functions that may hold a claim.
  | 'put'
  | 'own'
  | 'put batch'
  | 'seal'
  | 'claim'
  | 'postpone'
  | 'check'
  | 'call'
  | 'record'
  // The sweep, a cancel, a person who settles, a roll-up, the publisher.
  | 'end lease'
  | 'close'
  | 'roll up'
  | 'mark'
  | 'settle'
  | 'publish';

export interface Process {
  at: Step;
  /** The state that its write gives the batch; of a settlement that sends again, `waiting`. */
  want: BatchState;
  /** State and try of the batch as it was read. */
  seen: BatchState;
  seenTry: 0 | 1 | 2;
  /** Whether the item still has the claim that was read. Absent is a value too, and may come back. */
  claimSeen: 'absent' | 'same' | 'changed';
  leaseSame: boolean;
  revSame: boolean;
  /** Whether the owner of the creating item is as read; `absent` when there was no item. */
  ownerSeen: 'absent' | 'same' | 'changed';
  /** Another process has written to the batch, or to the job, since the read: its entry of the timeline is not in what was read. */
  batchOvertaken: boolean;
  jobOvertaken: boolean;
  /** Events that were read in the outbox: '' or letters, see `outbox`. */
  taken: string;
  /** Of the claim that it holds, see `age`. */
  age: number;
  /** A pause, a cancel or the end of validity came before its claim. */
  held: boolean;
}

export interface State {
  status: JobStatus;
  owner: Id;
  /** `creatingUntil` is over. */
  timedOut: boolean;
  sealedBy: Id;
  /** The batch is stored inside its job. */
  inline: boolean;
  cancelled: boolean;
  /** The stage publishes events. */
  publishes: boolean;
  /** The job is in the index that the sweep reads. */
  open: boolean;
  /** Events to publish: `a` (attention), `f` (the job is over). */
  outbox: string;
  batch: BatchState;
  try: 1 | 2;
  claim: Id;
  /** Time since the claim: 0 fresh; 1 sendBy is over, and the lease may be; 2 a person may settle, and no call is under way any more. */
  age: number;
  /** There is a notBefore, and it has not come. */
  notBefore: boolean;
  /** It was the sweep that called the batch unknown. */
  leaseEnded: boolean;
  /** The last try that a person settled. */
  settled: 0 | 1 | 2;
  /** The try whose late answer is kept. */
  late: 0 | 1 | 2;
  /** Dispatching is stopped, as by a pause or by quiet hours. */
  paused: boolean;
  /** The job's validity has ended; a resend has one of its own. */
  overdue: boolean;
  /** Bytes of a call of this try have left, and the provider's ledger has it. */
  called: boolean;
  taken: boolean;
  /** The try of a call without an answer that the provider may still take. */
  flight: 0 | 1 | 2;
  /** Two functions that may hold a claim, and one process that keeps things in order. */
  processes: [Process, Process, Process];
}

const idle: Process = {
  at: 'idle',
  want: 'absent',
  seen: 'absent',
  seenTry: 0,
  claimSeen: 'absent',
  leaseSame: false,
  revSame: false,
  ownerSeen: 'absent',
  batchOvertaken: false,
  jobOvertaken: false,
  taken: '',
  age: 0,
  held: false,
};

/** Nothing has been asked for yet. */
export const START: State = {
  publishes: false,
  status: 'absent',
  owner: '-',
  timedOut: false,
  sealedBy: '-',
  inline: false,
  cancelled: false,
  open: false,
  outbox: '',
  batch: 'absent',
  try: 1,
  claim: '-',
  age: 0,
  notBefore: false,
  leaseEnded: false,
  settled: 0,
  late: 0,
  paused: false,
  overdue: false,
  called: false,
  taken: false,
  flight: 0,
  processes: [idle, idle, idle],
};

const created: State = { ...START, status: 'queued', sealedBy: 'old', open: true, batch: 'waiting' };
/** The job has just been created: inside its own item or beside it, waiting, or claimed by the request that created it. */
export const CREATED: readonly State[] = [
  created,
  { ...created, inline: true },
  {
    ...created,
    ...{ inline: true, status: 'sending', batch: 'sending', claim: '1' },
    processes: [{ ...idle, at: 'check', seen: 'sending', seenTry: 1 }, idle, idle],
  },
];

export const isOver = (state: BatchState | JobStatus) => ['accepted', 'rejected', 'cancelled', 'expired', 'completed'].includes(state);
export const isSealed = ({ status }: State) => status !== 'absent' && status !== 'creating';
/** A job's status as it follows from its only batch. */
export const statusOf = (batch: BatchState): JobStatus =>
  (({ waiting: 'queued', sending: 'sending', unknown: 'attention', accepted: 'completed', rejected: 'completed' }) as const)[
    batch as 'waiting'
  ] ?? (batch as JobStatus);

/** What a process still needs of what it knows, by its next step: the rest would tell states apart that are the same. */
const NEEDS: Partial<Record<Step, readonly (keyof Process)[]>> = {
  put: ['want', 'ownerSeen', 'age', 'held'],
  own: ['ownerSeen'],
  claim: ['seenTry', 'claimSeen', 'batchOvertaken', 'age', 'held'],
  postpone: ['seenTry', 'claimSeen', 'batchOvertaken'],
  check: ['seenTry', 'batchOvertaken', 'age', 'held'],
  call: ['seenTry', 'revSame', 'batchOvertaken', 'jobOvertaken', 'age', 'held'],
  record: ['want', 'seen', 'seenTry', 'revSame', 'batchOvertaken', 'jobOvertaken'],
  'end lease': ['claimSeen', 'leaseSame', 'batchOvertaken'],
  close: ['want', 'seenTry', 'claimSeen', 'batchOvertaken'],
  'roll up': ['seen', 'revSame', 'jobOvertaken'],
  mark: ['revSame', 'jobOvertaken'],
  settle: ['want', 'seenTry', 'claimSeen', 'batchOvertaken'],
  publish: ['taken', 'revSame'],
};

/** The steps at which an id of its own in an item matters to a process. */
const KNOWS_CLAIM: readonly Step[] = ['put', 'claim', 'check', 'call', 'record'];
const KNOWS_OWNER: readonly Step[] = ['own', 'put batch', 'seal'];
const KNOWS_SEAL: readonly Step[] = ['put', 'seal'];

interface Entry {
  process: Process;
  text: string;
}
/** Processes that differ only in what they do not need are one object with one text. */
const interned = new Map<string, Entry>();

const entries = new WeakMap<Process, Entry>();

const simplified = (process: Process): Entry => entries.get(process) ?? intern(process);

function intern(process: Process): Entry {
  const raw = textOf(process);
  const known = interned.get(raw);
  if (known) return known;
  const needed = (NEEDS[process.at] ?? []).map((name) => [name, process[name]]);
  const simple: Process = { ...idle, at: process.at, ...Object.fromEntries(needed) };
  const entry = { process: simple, text: textOf(simple) };
  interned.set(raw, entry);
  entries.set(simple, entry);
  return entry;
}

function textOf(values: object): string {
  let text = '';
  for (const value of Object.values(values)) text += value === true ? '1' : value === false ? '0' : `${value},`;
  return text;
}

const swapped = (id: Id): Id => (id === '1' ? '2' : id === '2' ? '1' : id);

/** A state in its one form, and its text. */
export interface Canonical {
  state: State;
  text: string;
  /** The two functions have been exchanged: they are alike, so that their names make no difference. */
  swapped: boolean;
}

/** Brings a state into its one form: what makes no difference any more is forgotten. */
export function canonical(state: State): Canonical {
  const [first, second, keeper] = state.processes.map(simplified) as [Entry, Entry, Entry];
  const isSwapped = first.text > second.text;
  const known = (id: Id, steps: readonly Step[]): Id => {
    if (id === '-' || id === 'old') return id;
    const { at } = (id === '1' ? first : second).process;
    return !steps.includes(at) ? 'old' : isSwapped ? swapped(id) : id;
  };
  const { processes: _processes, ...table } = state;
  table.owner = known(state.owner, KNOWS_OWNER);
  table.sealedBy = known(state.sealedBy, KNOWS_SEAL);
  table.claim = known(state.claim, KNOWS_CLAIM);
  if (state.batch !== 'sending' && state.batch !== 'unknown') table.age = 0;
  table.leaseEnded = state.leaseEnded && table.claim !== 'old';
  table.paused = state.paused && !isOver(state.batch);
  table.taken = state.taken && state.settled !== state.try;
  table.overdue = state.overdue && state.try === 1 && !isOver(state.batch);
  const processes = isSwapped ? ([second, first, keeper] as const) : ([first, second, keeper] as const);
  const text = textOf(table) + processes.map((entry) => entry.text).join('|');
  return { state: { ...table, processes: processes.map(({ process }) => process) as State['processes'] }, text, swapped: isSwapped };
}
