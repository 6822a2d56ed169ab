import { formatOf } from '../shared/files/object-keys.ts';
import { countSegments } from '../shared/message/segments.ts';
import { signatureWarnings } from '../shared/message/signature.ts';
import { FileRecipients } from '../shared/recipient-file/file-recipients.ts';
import { type FileFound, readLines } from '../shared/recipient-file/read-lines.ts';
import { RefusedFile } from '../shared/recipient-file/refused-file.ts';
import { type FileToPrepare, parseFileRequest, prepareFileRequest } from '../shared/send-request/prepare-file-request.ts';
import { newSnapshot } from '../shared/send-request/prepare-request.ts';
import type { Api } from './api-deps.ts';
import type { ApiRequest } from './api-request.ts';
import { json } from './responses.ts';
import { refusalOf, sendObstacles } from './send-obstacles.ts';

/** An address of the upload that lives as long as the reading of it (seconds). */
const LIFETIME = 60;
/** Kept of the request's time for the answer (milliseconds). */
const TIME_TO_ANSWER = 3_000;
const TEXTS_SHOWN = 20;

/**
 * `POST /v1/preview` with `recipientsFrom`: the file is read and nothing is made of it. Says how it is written, what its first texts are, which
 * lines are bad, and how many calls it takes. A file that takes longer than the request may is read in part, and the answer says so.
 */
export async function previewFile(api: Api, request: ApiRequest, read: unknown) {
  const { rules, context } = api;
  const body = parseFileRequest(rules, read);
  const now = context.now();
  let prepared: FileToPrepare;
  try {
    prepared = prepareFileRequest(rules, newSnapshot(rules, now), body, request.caller, now);
  } catch (error) {
    return json(200, 'Preview', { sendable: false, ...refusalOf(error), removed: [] });
  }
  const reading = new Reading(prepared);
  const isWhole = await reading.read(() => openUpload(api, prepared.source.object), request.deadline - TIME_TO_ANSWER);
  const shown = reading.answer(isWhole);
  const obstacles = await sendObstacles(api, request.caller, shown.recipients);
  return json(200, 'Preview', {
    ...shown,
    sendable: shown.sendable && obstacles.errors.length === 0,
    ...(obstacles.errors.length > 0 && { errors: obstacles.errors, furtherErrors: 0 }),
    warnings: [...obstacles.warnings, ...shown.warnings],
  });
}

/** Reads the upload by an address that this function signs itself: the S3 client is larger than all of this function. */
async function openUpload(api: Api, key: string): Promise<AsyncIterable<Uint8Array>> {
  const { url } = await api.files.presigner.get(key, 'preview', LIFETIME);
  const answer = await fetch(url, { signal: AbortSignal.timeout(LIFETIME * 1000) });
  if (answer.status === 404) throw new RefusedFile('file-missing', 'Nothing was uploaded under this uploadId.');
  if (!answer.ok || !answer.body) throw new Error(`The upload cannot be read: S3 answered ${answer.status}.`);
  return answer.body;
}

class Reading {
  readonly #job: FileToPrepare;
  readonly #recipients: FileRecipients;
  readonly #found: FileFound = {};
  readonly #items: { phone: string; text: string; segments: number }[] = [];
  #segments = 0;
  #bytesRead = 0;
  #refusal: RefusedFile | undefined;

  constructor(job: FileToPrepare) {
    this.#job = job;
    this.#recipients = new FileRecipients({ ...job, file: { ...job.source, snapshot: job.snapshot } }, (text, phone) => {
      const segments = countSegments(text);
      this.#segments += segments;
      if (this.#items.length < TEXTS_SHOWN) this.#items.push({ phone, text, segments });
    });
  }

  /** @param until epoch milliseconds @returns whether all of it was read */
  async read(open: () => Promise<AsyncIterable<Uint8Array>>, until: number): Promise<boolean> {
    const rules = this.#recipients.lineRules(formatOf(this.#job.source.uploadId));
    try {
      const measure = (bytes: number) => {
        this.#bytesRead = bytes;
      };
      for await (const lines of readLines(await open(), rules, this.#found, measure)) {
        for (const line of lines) this.#recipients.add(line);
        this.#recipients.takeReady();
        if (Date.now() >= until) return this.#end(false);
      }
      return this.#end(true);
    } catch (error) {
      if (!(error instanceof RefusedFile)) throw error;
      this.#refusal = error;
      return true;
    }
  }

  #end(isWhole: boolean): boolean {
    this.#recipients.end();
    this.#recipients.takeReady();
    return isWhole;
  }

  answer(isWhole: boolean) {
    const { lines, batches, recipients, badLines, removed } = this.#recipients.progress;
    const { uploadId, onBadLines } = this.#job.source;
    const refusal = this.#refusal && { code: this.#refusal.code, detail: this.#refusal.message, line: this.#refusal.line };
    const nothing = isWhole && recipients === 0;
    return {
      sendable: !refusal && !this.#recipients.isRefused && !nothing,
      calls: batches,
      recipients,
      segments: this.#segments,
      removed: [],
      warnings: this.#items[0] ? signatureWarnings(this.#items[0].text, 'pattern') : [],
      items: this.#items,
      file: {
        uploadId,
        onBadLines,
        ...this.#found,
        lines,
        bytesRead: this.#bytesRead,
        batches,
        recipients,
        isWhole,
        refusal,
        badLines: { count: badLines.count, first: [...badLines.first] },
        removed: removed.count,
      },
    };
  }
}
