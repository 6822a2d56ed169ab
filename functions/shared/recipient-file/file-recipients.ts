import type { FileProgress, JobFile } from '../job/job-file.ts';
import type { JobItem } from '../job/job-item.ts';
import { createRecipientCheck } from '../message/check-recipient.ts';
import { OrderedDetail } from '../message/detail.ts';
import { type Message, type Payload, recipientCount } from '../message/message.ts';
import { type NamedPattern, parseNamedPattern, renderParts } from '../message/pattern.ts';
import { maskPhone } from '../message/phone.ts';
import type { RecipientCheck, RecipientInput, RoutedRecipient } from '../message/recipient-input.ts';
import type { Problem } from '../problem/field-error.ts';
import { Batcher } from '../send-request/batcher.ts';
import { tooManyCalls } from '../send-request/prepare-request.ts';
import { MOST_RECIPIENTS_OF_A_FILE } from '../send-request/request-schema.ts';
import { type Duplicate, Duplicates } from './duplicates.ts';
import { type Line, placeOfLine } from './file-line.ts';
import type { LineRules } from './read-lines.ts';
import { RefusedFile } from './refused-file.ts';

/** What decides how a file becomes batches: the message, and what its job keeps of the file. */
export interface FileJob extends Pick<JobItem, 'message' | 'smsType' | 'postFixNumber'> {
  file: Pick<JobFile, 'uploadId' | 'snapshot' | 'limits' | 'reading' | 'onBadLines'>;
}

/** A batch that is complete. */
export interface FileBatch {
  number: number;
  payload: Payload;
  /** Recipients of this batch and of all before it. */
  recipientsSoFar: number;
}

/** How many bad lines, and how many duplicates, are kept with their reasons and places; all are counted. */
const LISTED = 100;
const TEXTS_SHOWN = 3;

/**
 * Steps the lines of a file into batches. The same lines and the same job give the same batches, in every run that reads them:
 * nothing here depends on time, random or the chunks of the stream.
 */
export class FileRecipients {
  readonly #job: FileJob;
  readonly #pattern: NamedPattern;
  readonly #message: Message & { form: 'structured' };
  readonly #check: RecipientCheck;
  readonly #batcher: Batcher;
  readonly #duplicates = new Duplicates();
  readonly #badLines = { count: 0, first: [] as ({ line: number } & Problem)[] };
  readonly #removed = { count: 0, places: [] as { place: string; firstPlace: string }[] };
  readonly #onText: ((text: string, phone: string) => void) | undefined;
  readonly #firstTexts: string[] = [];
  #lines = 0;
  #taken = 0;
  #batches = 0;
  #recipients = 0;

  /** @param onText is told each recipient's text */
  constructor(job: FileJob, onText?: (text: string, phone: string) => void) {
    const { message, smsType, postFixNumber, file } = job;
    if (message.form !== 'structured') throw new Error('A file has recipients one by one.');
    const { pattern, written = pattern, defaultDetail } = message;
    const { personalise, allowEmpty } = file.reading;
    this.#job = job;
    this.#message = message;
    this.#pattern = parseNamedPattern(written);
    this.#check = createRecipientCheck(file.snapshot.dialect, file.limits, {
      pattern: written,
      personalise,
      allowEmpty,
      defaultDetail: defaultDetail.length > 0 ? new OrderedDetail(defaultDetail) : undefined,
    });
    this.#batcher = new Batcher(file.snapshot, { message, smsType, postFixNumber });
    this.#onText = onText;
  }

  /** How the lines are to be read. @param format of the file */
  lineRules(format: LineRules['format']): LineRules {
    const { fields, names } = this.#pattern;
    const { phoneColumn, encoding, allowEmpty } = this.#job.file.reading;
    return { format, fields, names, phoneColumn, encoding, keepBlank: allowEmpty && this.#message.defaultDetail.length === 0 };
  }

  /** Whether nothing can be sent any more, so that batches need not be written. */
  get isRefused(): boolean {
    return this.#job.file.onBadLines === 'refuse' && this.#badLines.count > 0;
  }

  /** What has been read so far; `batches` and `recipients` are of those that are made, written or not. */
  get progress(): Omit<FileProgress, 'bytesRead'> {
    return {
      lines: this.#lines,
      batches: this.#batches,
      recipients: this.#recipients,
      badLines: { count: this.#badLines.count, first: [...this.#badLines.first] },
      removed: { count: this.#removed.count, places: [...this.#removed.places] },
    };
  }

  /** The first texts as their recipients will read them. */
  get firstTexts(): readonly string[] {
    return [...this.#firstTexts];
  }

  /** How many batches are complete and have not been taken. */
  get readyCount(): number {
    return this.#batcher.readyCount;
  }

  /** Hands over the batches that are complete. @throws RefusedFile when they are more than a job may have */
  takeReady(): FileBatch[] {
    const ready = this.#batcher.takeReady().map((payload) => {
      this.#batches += 1;
      this.#recipients += recipientCount(payload);
      return { number: this.#batches, payload, recipientsSoFar: this.#recipients };
    });
    const most = this.#job.file.limits.callsPerJob ?? Number.POSITIVE_INFINITY;
    if (this.#batches > most) throw new RefusedFile('too-many-calls', tooManyCalls(this.#batches, most));
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

  /** Completes the last batches. */
  end(): void {
    this.#batcher.end();
  }

  /** Takes a recipient into a batch, or leaves it out as a duplicate. @returns what is wrong with it */
  #take(input: RecipientInput, line: number): Problem | undefined {
    const place = placeOfLine(line);
    const checked = this.#check.check(input, place);
    if ('problems' in checked) return checked.problems[0];
    const { phone } = checked.recipient;
    const detail = checked.recipient.detail ?? this.#message.defaultDetail;
    // No value holds U+0000, so that no two details are written the same.
    const duplicate = this.#duplicates.add(phone, detail.join('\0'), line);
    if (duplicate) return this.#leaveOut(phone, place, duplicate);
    if (!this.#batcher.add(checked)) {
      return { place, code: 'does-not-fit', detail: `This recipient does not fit into one call by ${this.#job.file.snapshot.protocol}.` };
    }
    this.#showText(checked, detail);
    this.#taken += 1;
    if (this.#taken <= MOST_RECIPIENTS_OF_A_FILE) return undefined;
    throw new RefusedFile('too-many-recipients', `A job has ${MOST_RECIPIENTS_OF_A_FILE} recipients at most.`, line);
  }

  #showText({ recipient, text }: RoutedRecipient, detail: readonly string[]): void {
    if (!this.#onText && this.#firstTexts.length === TEXTS_SHOWN) return;
    const written = text ?? renderParts(this.#pattern.parts, detail);
    if (this.#firstTexts.length < TEXTS_SHOWN) this.#firstTexts.push(written);
    this.#onText?.(written, recipient.phone);
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
}
