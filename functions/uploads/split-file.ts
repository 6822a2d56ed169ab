import type { Bucket, ReadObject } from '../shared/files/bucket.ts';
import { formatOf } from '../shared/files/object-keys.ts';
import type { JobContext } from '../shared/job/context.ts';
import { askDue, isScheduled } from '../shared/job/due.ts';
import { refuse, releasePreparing, saveProgress, seal, type TakenJob, takePreparing } from '../shared/job/file-job.ts';
import type { FileProgress, JobFile } from '../shared/job/job-file.ts';
import { newBatch, putNewBatch, readJob } from '../shared/job/job-table.ts';
import { putPayload } from '../shared/job/payload.ts';
import { queueJob } from '../shared/job/queue-batches.ts';
import { type DailyLimits, describeReached, takeFromDay } from '../shared/job/quota.ts';
import { isSendable } from '../shared/job/states.ts';
import { recipientCount } from '../shared/message/message.ts';
import { segmentsOf } from '../shared/message/segments.ts';
import { parallel } from '../shared/parallel.ts';
import type { DispatchQueue } from '../shared/queues/dispatch-queue.ts';
import type { FilesQueue } from '../shared/queues/files-queue.ts';
import { type FileBatch, FileRecipients } from '../shared/recipient-file/file-recipients.ts';
import { type FileFound, readLines } from '../shared/recipient-file/read-lines.ts';
import { RefusedFile } from '../shared/recipient-file/refused-file.ts';

/** What reading a file needs. */
export interface SplitFileDeps {
  context: JobContext;
  bucket: Pick<Bucket, 'read'>;
  tasks: FilesQueue;
  dispatchQueue: DispatchQueue;
  /** Limits of the day for jobs of a caller. */
  dailyLimitsOf: (caller: string) => DailyLimits;
}

/** Batches that are written between two notes of the progress: what a crash costs at most. */
const BATCHES_A_STEP = 25;
const WIDTH = 10;
/** How often a run that only reads says that it lives (milliseconds). */
const SIGN_OF_LIFE = 15_000;
/** A larger object is refused unread (bytes). A million recipients with long details are some 200 MB. */
const LARGEST_FILE = 1024 ** 3;

/**
 * Reads the file of a preparing job into batches, and seals the job once all of it has been read: then, and not before, it may be
 * sent. Reading begins at the first line every time, since duplicates are found over the whole file; batches that an earlier run
 * wrote are made again, the same, and not written again. Safe to run twice at once and to stop anywhere.
 * @param until epoch milliseconds; what is left then is read by a run of its own, which a message starts
 */
export async function splitFile(deps: SplitFileDeps, jobId: string, until: number): Promise<void> {
  const { context } = deps;
  const job = await takePreparing(context, jobId);
  if (!job) return queueIfSealed(deps, jobId);
  const run = new Run(deps, job);
  try {
    const ending = await run.readTo(until);
    if (ending === 'sealed') return await queueIfSealed(deps, jobId);
    if (ending === 'continued') await deps.tasks.send({ task: 'split', jobId });
  } catch (error) {
    if (error instanceof RefusedFile) return run.refuse(error);
    await releasePreparing(context, job).catch(() => undefined);
    throw error;
  }
}

/** A run may have ended between the seal and the dispatch messages. */
async function queueIfSealed({ context, dispatchQueue }: SplitFileDeps, jobId: string): Promise<void> {
  const read = await readJob(context, jobId);
  if (read && isScheduled(read.job)) return askDue(context, read.job);
  if (!read || !isSendable(read.job.status) || read.job.queuedAt !== undefined) return;
  await queueJob(context, dispatchQueue, jobId, read.batches);
}

/** How a run ended: `left` when the job is no longer its own. */
type Ending = 'sealed' | 'continued' | 'left';

class Run {
  readonly #deps: SplitFileDeps;
  readonly #recipients: FileRecipients;
  readonly #found: FileFound = {};
  /** As the table has it. */
  #job: TakenJob;
  #bytesRead = 0;
  #savedAt: number;

  constructor(deps: SplitFileDeps, job: TakenJob) {
    this.#deps = deps;
    this.#job = job;
    this.#recipients = new FileRecipients(job);
    this.#savedAt = deps.context.now();
  }

  async readTo(until: number): Promise<Ending> {
    const { context } = this.#deps;
    const object = await this.#open();
    if (!object) return 'left';
    const rules = this.#recipients.lineRules(formatOf(this.#job.file.uploadId));
    const measure = (bytes: number) => {
      this.#bytesRead = bytes;
    };
    for await (const lines of readLines(object.bytes, rules, this.#found, measure)) {
      for (const line of lines) this.#recipients.add(line);
      const late = context.now() >= until;
      const due = late || this.#recipients.readyCount >= BATCHES_A_STEP || context.now() - this.#savedAt >= SIGN_OF_LIFE;
      if (due && !(await this.#step())) return 'left';
      if (!late) continue;
      await releasePreparing(context, this.#job);
      return 'continued';
    }
    this.#recipients.end();
    return (await this.#step()) ? this.#seal() : 'left';
  }

  async refuse({ code, message, line }: RefusedFile): Promise<void> {
    const { batches, recipients } = this.#job.file.progress;
    const progress = { ...this.#recipients.progress, bytesRead: this.#bytesRead, batches, recipients };
    const refusal = { code, detail: message, ...(line !== undefined && { line }) };
    await refuse(this.#deps.context, this.#job, { ...this.#job.file, found: this.#foundSoFar(), progress, refusal });
  }

  #foundSoFar(): FileFound {
    return { ...this.#found, firstTexts: this.#recipients.firstTexts };
  }

  /** Opens the object, always the same one: the first run pins its content. */
  async #open(): Promise<ReadObject | undefined> {
    const { object: key, etag } = this.#job.file;
    const object = await this.#deps.bucket.read(key, etag);
    if (object === 'missing') throw new RefusedFile('file-missing', 'Nothing was uploaded under this uploadId.');
    if (object === 'changed') throw new RefusedFile('file-changed', 'The file was uploaded again while it was being read.');
    if (object.size > LARGEST_FILE) throw new RefusedFile('file-too-large', `A file has ${LARGEST_FILE} bytes at most.`);
    if (etag !== undefined) return object;
    return (await this.#save({ ...this.#job.file, etag: object.etag, bytesTotal: object.size })) ? object : undefined;
  }

  /** Writes the batches that are complete, and notes how far it has come. @returns whether the job is still this run's */
  async #step(): Promise<boolean> {
    const { file } = this.#job;
    const batches = this.#recipients.takeReady();
    for (const { number, recipientsSoFar } of batches) {
      if (number !== file.progress.batches || recipientsSoFar === file.progress.recipients) continue;
      throw new RefusedFile('rules-changed', 'The service was changed while it read the file. Send the request again under a new key.');
    }
    const fresh = this.#recipients.isRefused ? [] : batches.filter(({ number }) => number > file.progress.batches);
    await parallel(fresh, (batch) => this.#write(batch), WIDTH);
    const written = fresh.at(-1);
    const { batches: known, recipients } = file.progress;
    const progress: FileProgress = {
      ...this.#recipients.progress,
      bytesRead: this.#bytesRead,
      ...(written ? { batches: written.number, recipients: written.recipientsSoFar } : { batches: known, recipients }),
    };
    const further = progress.lines >= file.progress.lines ? progress : file.progress;
    return this.#save({ ...file, found: this.#foundSoFar(), progress: further, idleRuns: written ? 0 : file.idleRuns });
  }

  async #write({ number, payload }: FileBatch): Promise<void> {
    const { context } = this.#deps;
    const { jobId, expiresAt } = this.#job;
    await putPayload(context, jobId, number, payload, expiresAt);
    const size = { recipients: recipientCount(payload), segments: segmentsOf(this.#job.message, payload) };
    const batch = newBatch(context.now(), { jobId, batch: number, ...size, expiresAt });
    await putNewBatch(context, batch, this.#job.file.snapshot.createdAt);
  }

  async #save(file: JobFile): Promise<boolean> {
    const saved = await saveProgress(this.#deps.context, this.#job, file);
    if (saved) this.#job = saved;
    this.#savedAt = this.#deps.context.now();
    return saved !== undefined;
  }

  async #seal(): Promise<Ending> {
    const { context, dailyLimitsOf } = this.#deps;
    const { badLines, recipients } = this.#recipients.progress;
    if (this.#recipients.isRefused) {
      throw new RefusedFile('bad-lines', `${badLines.count} line(s) cannot be sent to; nothing was sent.`, badLines.first[0]?.line);
    }
    if (recipients === 0) throw new RefusedFile('recipients-empty', 'The file has no recipient that can be sent to.');
    if (!this.#job.file.counted) {
      const reached = await takeFromDay(context, recipients, dailyLimitsOf(this.#job.caller));
      if (reached) throw new RefusedFile('daily-limit-reached', describeReached(reached));
      if (!(await this.#save({ ...this.#job.file, counted: true }))) return 'left';
    }
    return (await seal(context, this.#job, this.#job.file)) ? 'sealed' : 'left';
  }
}
