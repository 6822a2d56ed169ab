import { createHash, randomBytes } from 'node:crypto';
import { base32 } from '../base32.ts';

/** How the lines of an uploaded file are written. */
export const FILE_FORMATS = ['csv', 'jsonl'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Encodings in which a file may be written. GBK and GB2312 are parts of GB18030, and read as such. */
export const FILE_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'gb18030', 'gbk', 'gb2312'] as const;
export type FileEncoding = (typeof FILE_ENCODINGS)[number];

/** An upload id says its format, so that nothing has to be stored before the file is there. */
export const UPLOAD_ID = /^upl_(?:csv|jsonl)_[0-9A-HJKMNP-TV-Z]{26}$/;

/** A new upload id: `upl_`, the format, and 130 random bits. */
export function newUploadId(format: FileFormat): string {
  return `upl_${format}_${base32(randomBytes(26))}`;
}

/** The format of an upload id that matches `UPLOAD_ID`. */
export function formatOf(uploadId: string): FileFormat {
  return uploadId.startsWith('upl_csv_') ? 'csv' : 'jsonl';
}

/** Where an upload lies in the bucket: under its caller, so that a caller cannot name another caller's upload. */
export function uploadKey(caller: string, uploadId: string): string {
  return `uploads/${createHash('sha256').update(caller).digest('hex').slice(0, 32)}/${uploadId}`;
}

/** Where the results of a job at a revision lie in the bucket. */
export function exportObjectKey(jobId: string, rev: number): string {
  return `exports/${jobId}/${rev}.csv`;
}
