/** One message to the team's own phones, whose text on the phone answers something that no provider publishes. */
export interface Question {
  name: string;
  asks: string;
  /** Body of `POST /v1/jobs`. `personalise: provider` has the fields filled in by the provider, also while the dialect is unconfirmed. */
  request: object;
  /** What each phone must show. */
  expected: readonly [phone: string, text: string][];
  /** What may be seen instead, and what follows from it. */
  otherwise: readonly [seen: string, follows: string][];
}

const NO_FIELDS = 'leave confirmed: false. Texts then go out finished, and fields work all the same, in more calls.';

/**
 * The questions whose answers decide about `dialect` of a stage, in the order in which they build on one another. Each text begins with
 * its number, so that phones may show them in any order.
 * @param signature without its brackets
 */
export function dialectQuestions(signature: string, [first, second]: readonly [string, string]): Question[] {
  const start = (number: number) => `【${signature}】${number}`;
  const personalise = 'provider';
  return [
    {
      name: 'text',
      asks: 'Does a text without fields reach both phones?',
      request: { pattern: `${start(1)} 您好`, recipients: [first, second], personalise },
      expected: [
        [first, `${start(1)} 您好`],
        [second, `${start(1)} 您好`],
      ],
      otherwise: [
        ['one phone alone has it', 'try the other trailingSeparator, then another recipientSeparator.'],
        ['neither has it', 'ask the provider about the token, the signature and these phones before you go on.'],
      ],
    },
    {
      name: 'fields',
      asks: 'Does the provider fill in fields, for each phone its own?',
      request: {
        pattern: `${start(2)} {0} {1}`,
        personalise,
        recipients: [
          { phone: first, detail: ['甲', '1'] },
          { phone: second, detail: ['乙', '2'] },
        ],
      },
      expected: [
        [first, `${start(2)} 甲 1`],
        [second, `${start(2)} 乙 2`],
      ],
      otherwise: [
        ['{0} and {1} are still there', `the provider writes fields in another way: ${NO_FIELDS}`],
        ['a separator stands between the values, and {1} is still there or empty', 'try another fieldSeparator.'],
        ['a phone has the values of the other, or all of them', `try another recipientSeparator. If none helps, ${NO_FIELDS}`],
      ],
    },
    {
      name: 'default',
      asks: 'Does a phone without values of its own get DefaultDetail?',
      request: {
        pattern: `${start(3)} {0} {1}`,
        personalise,
        defaultDetail: ['默', '认'],
        recipients: [first, { phone: second, detail: ['丙', '3'] }],
      },
      expected: [
        [first, `${start(3)} 默 认`],
        [second, `${start(3)} 丙 3`],
      ],
      otherwise: [['the first phone has nothing, or 丙 3', `an empty entry of Details is not DefaultDetail: ${NO_FIELDS}`]],
    },
    {
      name: 'numbers',
      asks: 'Do the numbers of fields count, and may one stand twice?',
      request: { pattern: `${start(4)} {1} {0} {0}`, personalise, recipients: [{ phone: first, detail: ['一', '二'] }] },
      expected: [[first, `${start(4)} 二 一 一`]],
      otherwise: [['一 comes first, or a field stays empty', `fields are filled in by their order: ${NO_FIELDS}`]],
    },
    {
      name: 'empty',
      asks: 'May a field be empty?',
      request: { pattern: `${start(5)} [{0}] {1}`, personalise, allowEmpty: true, recipients: [{ phone: first, detail: ['', '空'] }] },
      expected: [[first, `${start(5)} [] 空`]],
      otherwise: [['[空], or {1} is still there', 'no setting: callers must not set allowEmpty.']],
    },
    {
      name: 'markup',
      asks: 'Do angle brackets, ampersands and quotes arrive as they are?',
      request: { pattern: `${start(6)} <{0}> & "{1}"`, personalise, recipients: [{ phone: first, detail: ['<a>', "b&c'"] }] },
      expected: [[first, `${start(6)} <<a>> & "b&c'"`]],
      otherwise: [['&lt; or &amp;, or the text ends before them', 'no setting: callers must leave these characters out.']],
    },
    {
      name: 'braces',
      asks: 'Do doubled braces stand for braces?',
      request: { pattern: `${start(7)} {{0}} {0}`, personalise, recipients: [{ phone: first, detail: ['甲'] }] },
      expected: [[first, `${start(7)} {0} 甲`]],
      otherwise: [['{{0}}, or 甲 twice', 'no setting: callers must leave braces out of texts.']],
    },
    {
      name: 'separators',
      asks: 'Is a value left whole that holds other characters which might separate?',
      request: { pattern: `${start(8)} {0}`, personalise, recipients: [{ phone: first, detail: ['甲，乙；丙|丁/戊'] }] },
      expected: [[first, `${start(8)} 甲，乙；丙|丁/戊`]],
      otherwise: [['the text ends at one of them', 'no setting: callers must leave that character out of values.']],
    },
  ];
}
