import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { seesSame } from '../../functions/shared/customsend/second-reader.ts';
import { readXml } from '../../functions/shared/customsend/strict-reader.ts';
import { bareRoot, envelope, envelopedRoot, FAILD, fault11, fault12, SUCESS } from '../support/answers.ts';
import { type Tree, treeByLibxml2, treeOf } from '../support/libxml2.ts';

const strict = (text: string) => readXml(text, { characters: 1e6, depth: 30, elements: 1_000 });
const agree = (text: string) => seesSame(text, strict(text));
const kind = (text: string) => readAnswer('text/xml; charset=utf-8', Buffer.from(text)).kind;

const name = fc.stringMatching(/^[a-z]{1,4}$/);
const text = fc
  .stringMatching(/^[ a-z0-9中文;,\t\n]{0,8}$/)
  .map((plain) =>
    plain
      .replace('a', '&amp;')
      .replace('b', '&lt;')
      .replace('c', '<![CDATA[<&>]]>')
      .replace('d', '&#x1F600;')
      .replace('e', '<!-- < -->')
      .replace('f', '&#13;')
      .replace('g', '\r\n')
      .replace('h', '<?p a="b"?>'),
  );
const value = text.filter((written) => !written.includes('<'));
const element: fc.Arbitrary<string> = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(name, text).map(([tag, content]) => `<${tag}>${content}</${tag}>`),
    fc
      .tuple(name, name, value, fc.array(fc.oneof(tie('element'), text), { maxLength: 4 }))
      .map(
        ([tag, attribute, written, content]) => `<p:${tag} xmlns:p="urn:${tag}" ${attribute}="${written}">${content.join('')}</p:${tag}>`,
      ),
    fc
      .tuple(name, value, tie('element'))
      .map(([tag, written, child]) => `<${tag} xmlns="u" xmlns:q='v' q:x='${written}'>${child}</${tag}>`),
    name.map((tag) => `<${tag} />`),
  ),
})).element;

describe('what the strict reader takes', () => {
  it('fast-xml-parser and libxml2 see as the same, whatever its shape', () => {
    fc.assert(
      fc.property(element, (written) => {
        const document = `<?xml version="1.0" encoding="utf-8"?>\r\n<!-- a -->${written}\n`;
        expect(agree(document)).toBe(true);
        expect(treeByLibxml2(document)).toEqual(treeOf(strict(document)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('they see as the same in every answer of the provider', () => {
    const answers = [bareRoot(SUCESS), bareRoot(FAILD), fault11('soap:Client'), fault12('soap:Sender'), envelope('soap12', '')];
    for (const answer of [...answers, envelopedRoot('soap11', SUCESS), envelopedRoot('soap12', FAILD)]) {
      expect([answer, agree(answer)]).toEqual([answer, true]);
      expect(treeByLibxml2(answer)).toEqual(treeOf(strict(answer)));
    }
  });
});

/** A changed copy of what the strict reader saw is another document, whatever the change: so the comparison leaves nothing out. */
describe('another document is seen in', () => {
  const base = '<a xmlns="u" xmlns:p="v" p:x="1" y="2">t<p:b>s</p:b><!-- c --><c/></a>';
  test.each([
    ['another name', '<p:b>s</p:b>', '<p:d>s</p:d>'],
    ['another prefix', '<p:b>s</p:b>', '<b>s</b>'],
    ['another namespace', 'xmlns="u"', 'xmlns="w"'],
    ['another namespace of a prefix', 'xmlns:p="v"', 'xmlns:p="w"'],
    ['another text', '>s<', '>r<'],
    ['a blank more', '>s<', '>s <'],
    ['a text that is missing', '>t<', '><'],
    ['another text at the end', '</a>', 'z</a>'],
    ['another value', 'y="2"', 'y="3"'],
    ['another name of an attribute', 'y="2"', 'z="2"'],
    ['an attribute less', ' y="2"', ''],
    ['an attribute more', ' y="2"', ' y="2" z="3"'],
    ['an attribute without its prefix', 'p:x="1"', 'x="1"'],
    ['an element more', '<c/>', '<c/><c/>'],
    ['an element less', '<c/>', ''],
    ['a child where was none', '<c/>', '<c>1</c>'],
    ['another order', '<p:b>s</p:b><!-- c --><c/>', '<c/><p:b>s</p:b>'],
  ])('%s', (_name, from, to) => {
    expect(seesSame(base, strict(base))).toBe(true);
    expect(base).toContain(from);
    expect(seesSame(base.replace(from, to), strict(base))).toBe(false);
    expect(seesSame(base, strict(base.replace(from, to)))).toBe(false);
  });

  test('nothing but another order of the attributes, a comment, an instruction, or another way to write a text', () => {
    for (const [from, to] of [
      ['p:x="1" y="2"', 'y="2"  p:x=\'1\''],
      ['<!-- c -->', '<?i j?>'],
      ['>t<', '>&#116;<'],
      ['>t<', '><![CDATA[t]]><'],
      ['<c/>', '<c></c>'],
      ['</p:b>', '</p:b >'],
    ] as const) {
      expect([to, seesSame(base.replace(from, to), strict(base))]).toEqual([to, true]);
    }
  });
});

describe('the readers disagree, so that an answer with a ROOT is none:', () => {
  const root = bareRoot(SUCESS);
  test.each([
    ['a lone quote in an instruction', root.replace('<RetCode', "<?p it's?><RetCode")],
    ['an attribute named constructor', root.replace('<RetCode', '<RetCode constructor="1"')],
    ['an attribute named __proto__', root.replace('<RetCode', '<RetCode __proto__="1"')],
    ['a name with U+FEFF', bareRoot(`${SUCESS}<a\ufeffb/>`)],
    ['a name with U+1680', bareRoot(`${SUCESS}<a\u1680b/>`)],
    ['an element named toString', bareRoot(`${SUCESS}<toString/>`)],
  ])('%s', (_name, answer) => {
    expect(treeByLibxml2(answer)).toEqual(treeOf(strict(answer)) satisfies Tree);
    expect(kind(answer)).toBe('readers-disagree');
  });
});
