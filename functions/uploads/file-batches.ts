import type { TakenJob } from '../shared/job/file-job.ts';
import type { FileProgress, JobItem } from '../shared/job/items.ts';
import type { RecipientInput } from '../shared/message/check-recipient.ts';
import type { Recipient } from '../shared/message/encoded-content.ts';
import type { Payload } from '../shared/message/message.ts';
import { parsePattern } from '../shared/message/pattern.ts';
import { maskPhone } from '../shared/message/phone.ts';
import type { Problem } from '../shared/problem/field-error.ts';
import { type Batcher, createBatcher } from '../shared/send-request/batching.ts';
import { createFileCheck, type FileCheck } from '../shared/send-request/check-file-request.ts';
import { MOST_RECIPIENTS_OF_A_FILE } from '../shared/send-request/request-schema.ts';
import { type Duplicate, Duplicates } from './duplicates.ts';
import { type Line, placeOfLine } from './file-line.ts';
import { RefusedFile } from './refused-file.ts';

/** A batch that is complete. */
export interface FileBatch {
  number: number;
  payload: Payload;
  /** Recipients of this batch and of all before it. */
  recipientsSoFar: number;
}

/** So many bad lines, and so many duplicates, are kept with their reasons and places; all are counted. */
const LISTED = 100;

/**
 * Steps the lines of a file into batches. The same lines and the same job give the same batches, in whichever run and however often:
 * nothing here depends on time, random or how the stream was cut.
 */
export class Recipients {
  readonly #job: TakenJob;
  readonly #check: FileCheck;
  readonly #batcher: Batcher;
  readonly #duplicates = new Duplicates();
  readonly #default: string;
  readonly #badLines = { count: 0, first: [] as ({ line: number } & Problem)[] };
  readonly #removed = { count: 0, places: [] as { place: string; firstPlace: string }[] };
  #lines = 0;
  #batch: Recipient[] = [];
  #batches = 0;
  #recipients = 0;
  #ready: FileBatch[] = [];

  constructor(job: TakenJob) {
    const { message, smsType, postFixNumber, file } = job;
    if (message.form !== 'structured') throw new Error('A file has recipients one by one.');
    const { pattern, defaultDetail } = message;
    const shared = { pattern, smsType, postFixNumber, defaultDetail: defaultDetail.length > 0 ? [...defaultDetail] : undefined };
    this.#job = job;
    this.#check = createFileCheck({ ...file.snapshot, limits: file.limits }, shared);
    this.#batcher = createBatcher(file.snapshot, { message, smsType, postFixNumber });
    this.#default = this.#write(defaultDetail);
  }

  /** How many fields the pattern has. */
  static fieldsOf({ message }: Pick<JobItem, 'message'>): number {
    return parsePattern(message.pattern).fields;
  }

  /** Whether nothing can be sent any more, so that batches need not be written. */
  get isRefused(): boolean {
    return this.#job.file.onBadLines === 'refuse' && this.#badLines.count > 0;
  }

  /** What has been read so far; `batches` and `recipients` are of those that are cut, written or not. */
  get progress(): Omit<FileProgress, 'bytesRead'> {
    return {
      lines: this.#lines,
      batches: this.#batches,
      recipients: this.#recipients,
      badLines: { count: this.#badLines.count, first: [...this.#badLines.first] },
      removed: { count: this.#removed.count, places: [...this.#removed.places] },
    };
  }

  /** How many batches are complete and have not been taken. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** Hands over the batches that are complete. */
  takeReady(): FileBatch[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** @throws RefusedFile when there are more recipients than a job may have */
  add(line: Line): void {
    this.#lines = line.number;
    const problem = 'problems' in line ? line.problems[0] : this.#take(line.input, line.number);
    if (!problem) return;
    this.#badLines.count += 1;
    if (this.#badLines.first.length < LISTED) this.#badLines.first.push({ line: line.number, ...problem });
  }

  /** Completes the last batch. */
  end(): void {
    if (this.#batch.length > 0) this.#complete();
  }

  /** Takes a recipient into a batch, or leaves it out as a duplicate. @returns what is wrong with it */
  #take(input: RecipientInput, line: number): Problem | undefined {
    const place = placeOfLine(line);
    const checked = this.#check.check(input, place);
    if ('problems' in checked) return checked.problems[0];
    const { phone, detail } = checked.recipient;
    const written = detail === null ? '' : this.#write(detail);
    const duplicate = this.#duplicates.add(phone, detail === null ? this.#default : written, line);
    if (duplicate) return this.#leaveOut(phone, place, duplicate);
    const where = this.#batcher.add(phone, written);
    if (where === 'too-large') {
      return { place, code: 'does-not-fit', detail: `This recipient does not fit into one call by ${this.#job.file.snapshot.protocol}.` };
    }
    if (where === 'new') this.#complete();
    this.#batch.push(checked.recipient);
    if (this.#recipients + this.#batch.length <= MOST_RECIPIENTS_OF_A_FILE) return undefined;
    throw new RefusedFile('too-many-recipients', `A job has ${MOST_RECIPIENTS_OF_A_FILE} recipients at most.`, line);
  }

  #leaveOut(phone: string, place: string, { firstLine, sameDetail }: Duplicate): Problem | undefined {
    const firstPlace = placeOfLine(firstLine);
    if (!sameDetail) {
      const detail = `The same number (${maskPhone(phone)}) as in ${firstPlace}, with another detail.`;
      return { place: `${place}.phone`, code: 'phone-duplicate', detail };
    }
    this.#removed.count += 1;
    if (this.#removed.places.length < LISTED) this.#removed.places.push({ place, firstPlace });
    return undefined;
  }

  #complete(): void {
    this.#batches += 1;
    this.#recipients += this.#batch.length;
    const payload: Payload = { form: 'structured', recipients: this.#batch };
    this.#ready.push({ number: this.#batches, payload, recipientsSoFar: this.#recipients });
    this.#batch = [];
  }

  #write(detail: readonly string[]): string {
    return detail.join(this.#job.file.snapshot.dialect.fieldSeparator);
  }
}
