/** A file that nothing can be sent from, however its bad lines are treated. Its job is refused with this reason. */
export class RefusedFile extends Error {
  /** Stable, in kebab-case. */
  readonly code: string;
  /** Where that is known; from 1. */
  readonly line: number | undefined;

  constructor(code: string, detail: string, line?: number) {
    super(detail);
    this.name = 'RefusedFile';
    this.code = code;
    this.line = line;
  }
}
