import * as z from 'zod/mini';

/** What callers are told about a value that fits no schema: a code for programs and a sentence for people, both our own. */
export interface Described {
  code: string;
  detail: string;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

const MISSING: Described = { code: 'missing', detail: 'It is missing.' };

/** The schema library's own sentences name its types and are made for programmers: these replace them wherever a schema brings none. */
z.config({ localeError: (issue) => describe(issue).detail });

/** Describes an issue that a schema raised. A sentence that the schema itself brings is kept. */
export function describeIssue(issue: z.core.$ZodIssue): Described {
  if (issue.message === MISSING.detail) return MISSING;
  return { code: describe(issue).code, detail: issue.message };
}

function describe(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): Described {
  switch (issue.code) {
    case 'invalid_type':
      if ('input' in issue && issue.input === undefined) return MISSING;
      return { code: 'invalid-type', detail: `Expected ${TYPES[issue.expected as string] ?? issue.expected}.` };
    case 'too_big':
    case 'too_small':
      return describeSize(issue as z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall);
    case 'invalid_value':
      return { code: 'invalid-value', detail: `One of ${((issue.values ?? []) as unknown[]).join(', ')}.` };
    case 'invalid_format':
      return { code: 'invalid-format', detail: 'It is not written as it must be.' };
    default:
      return { code: 'invalid-value', detail: 'This value cannot be used.' };
  }
}

function describeSize(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): Described {
  const big = issue.code === 'too_big';
  const bound = `${big ? 'At most' : 'At least'} ${big ? issue.maximum : issue.minimum}`;
  if (issue.origin === 'string') return { code: big ? 'too-long' : 'too-short', detail: `${bound} characters.` };
  if (issue.origin === 'array') return { code: big ? 'too-many' : 'too-few', detail: `${bound} entries.` };
  return { code: 'out-of-range', detail: `${bound}.` };
}
