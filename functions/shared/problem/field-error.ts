/** One wrong place in the caller's input. */
export interface Problem {
  /** Where, in the words of the request: `recipients[17].phone`, `phones[3]`, `pattern`. */
  place: string;
  /** What, in kebab-case. Callers may branch on it, so it never changes. */
  code: string;
  /** The same for people. Holds no message text, and no phone but masked. */
  detail: string;
}

/** How many problems one answer spells out; the rest are counted. */
const SHOWN_AT_MOST = 100;

/** The problems of one request, all at once, in the order of the request. */
export interface FieldErrors {
  /** The first 100. */
  problems: Problem[];
  /** How many more there are. */
  furtherProblems: number;
}

/** Adds to the list, or only to its count once it is full. */
export function addFieldErrors(list: FieldErrors, problems: readonly Problem[]): void {
  for (const problem of problems) {
    if (list.problems.length < SHOWN_AT_MOST) list.problems.push(problem);
    else list.furtherProblems += 1;
  }
}
