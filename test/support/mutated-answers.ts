import { NAMESPACE } from '../../functions/shared/customsend/call.ts';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { readXml } from '../../functions/shared/customsend/strict-reader.ts';
import { type XmlElement, XmlError } from '../../functions/shared/customsend/xml-element.ts';
import { bareRoot, envelopedRoot, FAILD, fault11, fault12, SUCESS } from './answers.ts';
import { type Tree, treeByLibxml2, treeOf } from './libxml2.ts';
import { changeText, pick, type Random, randomOf } from './mutations.ts';

/** How the answers were read, and every one that broke a rule. */
export interface AnswerFindings {
  /** Of how many each kind of content was read. */
  kinds: Record<string, number>;
  accepted: number;
  /** Well-formed for libxml2, and yet not read: their namespaces, names or instructions are none that this service has. */
  stricter: number;
  /** Why, with the text; the first ten. */
  broken: string[];
}

/**
 * Reads mutated answers, and holds them against libxml2: what the strict reader takes, libxml2 takes too and sees as the same tree, with
 * namespaces, names, attributes and texts. What is read as accepted is a `Sucess` of a ROOT in its namespace for libxml2 as well.
 */
export function readMutatedAnswers(seed: number, runs: number): AnswerFindings {
  const random = randomOf(seed);
  const findings: AnswerFindings = { kinds: {}, accepted: 0, stricter: 0, broken: [] };
  for (let run = 0; run < runs; run++) {
    const text = mutateAnswer(random);
    try {
      judge(text, findings);
    } catch (error) {
      if (findings.broken.length < 10) findings.broken.push(`${run}: ${(error as Error).message}\n${JSON.stringify(text)}`);
    }
  }
  return findings;
}

const ANSWERS = [
  bareRoot(SUCESS),
  bareRoot(SUCESS),
  bareRoot(SUCESS.replaceAll('><', '>\r\n  <')),
  bareRoot(FAILD),
  bareRoot(SUCESS)
    .replace('xmlns="', 'xmlns:r="')
    .replace(/<(\/?)(?=[A-Z])/g, '<$1r:'),
  envelopedRoot('soap11', SUCESS),
  envelopedRoot('soap12', SUCESS),
  fault11('soap:Client'),
  fault12('soap:Sender'),
] as const;

/** What makes a difference inside a name or a value. */
const PIECES = '&#32; &#10; \u00a0 \ufeff \u1680 \u2028 / % %20 # : - . 1 r: xml: xmlns: \\ [ http://h: http://h:80/ CustomJobReturn'
  .split(' ')
  .concat(' ', '\n');

/** What makes a difference among the attributes of an element. */
const ATTRIBUTES = [
  ...['xmlns="CustomJobReturn"', 'xmlns="CustomJobReturn "', 'xmlns:r="CustomJobReturn"', 'xmlns:r="u"', 'xmlns=""', 'xmlns:k="x y"'],
  ...['xmlns:h="http://h:"', 'xmlns:h="http://h:80/"', 'xmlns:-q=""', 'xmlns:soap="u"', 'xml:id="a"', 'xsi:nil="true"', 'r:a="1"', 'a="1"'],
];

/** What makes a difference between two tags. */
const CONTENT = [
  ...['<r:1/>', '<r:-a/>', '<x:a xmlns:x="u"/>', '<RetCode>Faild</RetCode>', '<RetCode>Sucess</RetCode>', '<r:RetCode>Sucess</r:RetCode>'],
  ...[
    '<ROOT xmlns="CustomJobReturn"/>',
    '</ROOT>',
    '<?p q?>',
    "<?p it's?>",
    '<!-- a -->',
    '<![CDATA[Sucess]]>',
    '&#x53;',
    '&amp;',
    'x',
    '<a/>',
  ],
];

function mutateAnswer(random: Random): string {
  let text: string = pick(random, ANSWERS);
  for (let left = 1 + Math.floor(random() * 2.2); left > 0; left--) {
    const change = pick(random, [changeText, changeNames, addAttribute, addAttribute, addContent, addContent]);
    text = change(random, text);
  }
  return text;
}

/** Puts a piece in where a name or a value begins or ends. */
function changeNames(random: Random, text: string): string {
  const at = positionOf(random, text, /[<>"=:/ ]/g) + (random() < 0.5 ? 1 : 0);
  return text.slice(0, at) + pick(random, PIECES) + text.slice(at);
}

function addAttribute(random: Random, text: string): string {
  const at = positionOf(random, text, /(?<=<[A-Za-z:]+)(?=[ />])/g);
  return `${text.slice(0, at)} ${pick(random, ATTRIBUTES)}${text.slice(at)}`;
}

function addContent(random: Random, text: string): string {
  const at = positionOf(random, text, /(?<=>)|(?=<)/g);
  return text.slice(0, at) + pick(random, CONTENT) + text.slice(at);
}

/** A random position that fits; the beginning when none does. */
function positionOf(random: Random, text: string, pattern: RegExp): number {
  const positions = [...text.matchAll(pattern)].map(({ index }) => index);
  return positions.length === 0 ? 0 : pick(random, positions);
}

const LIMITS = { characters: 1_048_576, depth: 32, elements: 1_000 };

function judge(text: string, findings: AnswerFindings): void {
  const content = readAnswer('text/xml; charset=utf-8', Buffer.from(text));
  findings.kinds[content.kind] = (findings.kinds[content.kind] ?? 0) + 1;
  const theirs = treeByLibxml2(text.toWellFormed());
  const strict = strictly(text);
  if (!strict) {
    if (theirs) findings.stricter++;
    if (content.kind !== 'not-xml') throw new Error(`Read as ${content.kind}, though the strict reader refuses it`);
    return;
  }
  if (!theirs) throw new Error('libxml2 refuses it');
  const ours = treeOf(strict);
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) throw new Error(`libxml2 sees ${JSON.stringify(theirs)}`);
  if (content.kind !== 'root' || content.root.RetCode !== 'Sucess') return;
  findings.accepted++;
  if (!isAccepted(theirs)) throw new Error('Read as accepted');
}

function strictly(text: string): XmlElement | undefined {
  try {
    return readXml(text.toWellFormed().replace(/^\ufeff/, ''), LIMITS);
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

const ROOT = `{${NAMESPACE.root}}ROOT`;

function isAccepted(document: Tree): boolean {
  const root = document.name === ROOT ? document : inEnvelope(document);
  const [retCode] = root?.children.filter((child): child is Tree => named(child, `{${NAMESPACE.root}}RetCode`)) ?? [];
  return retCode?.children.join('') === 'Sucess';
}

function inEnvelope(envelope: Tree): Tree | undefined {
  const soap = [NAMESPACE.soap11, NAMESPACE.soap12].find((namespace) => envelope.name === `{${namespace}}Envelope`);
  const path = [`{${soap}}Body`, `{${NAMESPACE.operation}}CustomSendResponse`, ROOT];
  return path.reduce<Tree | undefined>((parent, name) => parent?.children.find((child): child is Tree => named(child, name)), envelope);
}

function named(child: Tree | string, name: string): boolean {
  return typeof child === 'object' && child.name === name;
}
