import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { readXml, type XmlElement } from '../../functions/shared/customsend/xml.ts';
import { envelopedRoot, SUCESS } from '../support/answers.ts';

/**
 * A reader of other people's making, held against ours: what ours takes, fast-xml-parser must read as the same elements, attributes
 * and texts. It does not judge (its validator passes documents that are not well-formed), it only must not see something else.
 */
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  cdataPropName: '#cdata',
  ignorePiTags: true,
  htmlEntities: true,
});

interface Seen {
  name: string;
  attributes: string[];
  children: (Seen | string)[];
}

type Node = Record<string, Node[] | string | Record<string, string>>;

/** Neighbouring texts are one, whatever pieces a reader makes of them. */
function joined(children: (Seen | string)[]): (Seen | string)[] {
  const done: (Seen | string)[] = [];
  for (const child of children) {
    const last = done.length - 1;
    if (typeof child === 'string' && typeof done[last] === 'string') done[last] += child;
    else if (child !== '') done.push(child);
  }
  return done;
}

function seenByParser(node: Node): Seen | string {
  const tag = Object.keys(node).find((key) => key !== ':@') as string;
  if (tag === '#text') return String(node[tag]);
  const content = node[tag] as Node[];
  if (tag === '#cdata') return content.map((part) => String(part['#text'])).join('');
  const attributes = Object.entries((node[':@'] ?? {}) as Record<string, string>)
    .filter(([name]) => !name.startsWith('xmlns'))
    .map(([name, value]) => `${local(name)}=${value}`);
  return { name: local(tag), attributes: attributes.sort(), children: joined(content.map(seenByParser)) };
}

function seenByOurs(element: XmlElement): Seen {
  const attributes = [...element.attributes].filter(([name]) => !/^(\{http:\/\/www\.w3\.org\/2000\/xmlns\/\}|xmlns$)/.test(name));
  const children = element.children.flatMap((child) => (child === null ? [] : [typeof child === 'string' ? child : seenByOurs(child)]));
  return {
    name: element.name,
    attributes: attributes.map(([name, value]) => `${local(name)}=${value}`).sort(),
    children: joined(children),
  };
}

const local = (name: string) => name.replace(/^.*[:}]/, '');

function readBoth(text: string): [Seen, Seen | string | undefined] {
  const ours = seenByOurs(readXml(text, { characters: 1e6, depth: 30, elements: 1_000 }));
  return [ours, (parser.parse(text) as Node[]).filter((node) => !Object.keys(node)[0]?.startsWith('?')).map(seenByParser)[0]];
}

const name = fc.stringMatching(/^[a-z]{1,4}$/);
const text = fc
  .stringMatching(/^[ a-z0-9中文;,]{0,8}$/)
  .map((plain) => plain.replace('a', '&amp;').replace('b', '&lt;').replace('c', '<![CDATA[<&>]]>'));
const element: fc.Arbitrary<string> = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(name, text).map(([tag, content]) => `<${tag}>${content}</${tag}>`),
    fc
      .tuple(
        name,
        name,
        text.filter((value) => !value.includes('<')),
        fc.array(fc.oneof(tie('element'), text), { maxLength: 4 }),
      )
      .map(([tag, attribute, value, content]) => `<p:${tag} xmlns:p="urn:${tag}" ${attribute}="${value}">${content.join('')}</p:${tag}>`),
    name.map((tag) => `<${tag} />`),
  ),
})).element;

describe('what our reader takes, another reader sees as the same', () => {
  it('documents of every shape', () => {
    fc.assert(
      fc.property(element, (document) => {
        const [ours, theirs] = readBoth(`<?xml version="1.0" encoding="utf-8"?>\r\n${document}`);
        expect(theirs).toEqual(ours);
      }),
      { numRuns: 2_000 },
    );
  });

  it('an envelope as the provider writes it', () => {
    const [ours, theirs] = readBoth(envelopedRoot('soap11', SUCESS));
    expect(theirs).toEqual(ours);
    expect(JSON.stringify(ours)).toContain('收到 <b>&');
  });
});
