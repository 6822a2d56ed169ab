import type { FileEncoding } from '../files/object-keys.ts';
import type { MessageLimits } from '../message/check-recipient.ts';
import type { Personalise } from '../message/personalise.ts';
import type { Problem } from '../problem/field-error.ts';
import type { BatchingSnapshot } from './batch-item.ts';

/** A line of a file that cannot be sent to. */
export interface BadLine extends Problem {
  /** From 1, the header of a CSV file counted in; where a record has several lines, the first of them. */
  line: number;
}

/** How far a file has been read. Lists hold the first 100; the counts count all. */
export interface FileProgress {
  lines: number;
  bytesRead: number;
  /** Batches that are written, and the recipients in them. */
  batches: number;
  recipients: number;
  badLines: { count: number; first: readonly BadLine[] };
  removed: { count: number; places: readonly { place: string; firstPlace: string }[] };
}

/** How a file is to be read. */
export interface FileReading {
  /** Name of the column with the phones; found by itself unless given. */
  phoneColumn?: string | undefined;
  /** Found by itself unless given. */
  encoding?: FileEncoding | undefined;
  personalise: Personalise;
  allowEmpty: boolean;
}

/** How a file turned out to be written. */
export interface FileFormatFound {
  encoding?: FileEncoding | undefined;
  /** Between the cells of a CSV file. */
  separator?: string | undefined;
  /** Columns that the pattern does not need. */
  ignoredColumns?: readonly string[] | undefined;
  /** The first texts as their recipients will read them. */
  firstTexts?: readonly string[] | undefined;
}

/** A file of recipients. Everything that decides how it is batched is fixed here, so that every run makes the same batches. */
export interface JobFile {
  uploadId: string;
  /** Key of the object in the bucket of files. */
  object: string;
  onBadLines: 'refuse' | 'skip';
  /** How it is to be read, as its request says. */
  reading: FileReading;
  snapshot: BatchingSnapshot;
  limits: MessageLimits;
  /** Of the object as the first run found it: every later one reads the same or nothing. */
  etag?: string;
  bytesTotal?: number;
  found?: FileFormatFound;
  progress: FileProgress;
  /** Its recipients have been taken out of the day's limit. */
  counted?: boolean;
  /** Runs in a row that wrote no batch. */
  idleRuns: number;
  /** Why the job was refused, and at which line if it was one. */
  refusal?: { code: string; detail: string; line?: number };
}

/** Which file a request names, and how it is to be read. */
export type FileSource = Pick<JobFile, 'uploadId' | 'object' | 'onBadLines' | 'limits' | 'reading'>;
