import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeXml } from '../../functions/shared/customsend/escape-xml.ts';
import { readXml } from '../../functions/shared/customsend/strict-reader.ts';
import { elements, textOf, XmlError } from '../../functions/shared/customsend/xml-element.ts';

const LIMITS = { characters: 200_000, depth: 20, elements: 50 };
const read = (text: string) => readXml(text, LIMITS);

describe('reading', () => {
  test('resolves namespaces of elements, attributes and QNames in text, where they are in scope', () => {
    const root = read('<a xmlns="d" xmlns:p="1" x="y" p:x="z"><p:b xmlns:p="2"><c xmlns=""/></p:b><p:e/></a>');
    const [b, e] = elements(root);
    expect([root.namespace, b?.namespace, e?.namespace]).toEqual(['d', '2', '1']);
    expect(b && elements(b)[0]?.namespace).toBe('');
    expect([root.attributes.get('x'), root.attributes.get('{1}x')]).toEqual(['y', 'z']);
    expect([b?.resolve('p'), e?.resolve('p'), e?.resolve(''), e?.resolve('q'), e?.resolve('toString')]).toEqual([
      '2',
      '1',
      'd',
      undefined,
      undefined,
    ]);
  });

  test('joins text, CDATA and references, keeps white space, and marks comments and instructions', () => {
    expect(read('<a> x<![CDATA[<&]]>&amp;&#x41;&#13;\r\ny\rz </a>').children).toEqual([' x<&&A\r\ny\nz ']);
    expect(read('<a>x<!-- c -->y<?p i?></a>').children).toEqual(['x', null, 'y', null]);
    expect(textOf(read('<a>x<!-- c -->y<b>n</b></a>'))).toBe('xy');
  });

  test('takes a declaration, comments and instructions around the root', () => {
    expect(read('<?xml version="1.0" encoding="x" standalone="yes"?><!-- c --><?p?><a/><!-- d -->\n').name).toBe('a');
  });
});

describe('refusing', () => {
  test.each([
    ['an undeclared prefix', '<p:a/>'],
    ['an undeclared prefix of an attribute', '<a p:x="1"/>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['text before the root', 'x<a/>'],
    ['no root', '<!-- a -->'],
    ['nothing', ''],
    ['a control character', '<a>\u0001</a>'],
    ['a reference to a control character', '<a>&#x1;</a>'],
    ['a reference to no character', '<a>&#xD800;</a>'],
    ['half of a surrogate pair', '<a>\uD800</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an entity named after a prototype', '<a>&constructor;</a>'],
    ['< in an attribute', '<a x="<"/>'],
    [']]> in text', '<a>]]></a>'],
    ['an attribute twice', '<a x="1" x="2"/>'],
    ['an attribute twice by namespace', '<a xmlns:p="1" xmlns:q="1" p:x="1" q:x="2"/>'],
    ['an end tag of another element', '<a></b>'],
    ['what is cut off', '<a><b></b>'],
    ['a declaration after white space', ' <?xml version="1.0"?><a/>'],
    ['XML 1.1', '<?xml version="1.1"?><a>&#x1;</a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['a document type with entities', '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['a comment with --', '<a><!-- a -- b --></a>'],
    ['names that reach a prototype', '<a><__proto__/></a>'],
    ['the same behind a prefix', '<a xmlns:p="1"><p:constructor/></a>'],
    ['an instruction whose name runs on', '<?b?c d?><a/>'],
    ['a prefix without a namespace', '<a xmlns:p=""/>'],
  ])('%s', (_name, text) => {
    expect(() => read(text)).toThrow(XmlError);
  });

  test('says where', () => {
    expect(() => read('<a>\n  <b></c></a>')).toThrow(expect.objectContaining({ line: 2 }));
  });

  test('what is too long, too deep, or too much, at once', () => {
    const started = performance.now();
    expect(() => read(`<a>${'x'.repeat(200_000)}</a>`)).toThrow(/longer than 200000/);
    expect(() => read('<a>'.repeat(21))).toThrow(/deeper than 20/);
    expect(() => read(`<a>${'<b/>'.repeat(50)}</a>`)).toThrow(/more than 50/);
    expect(() => readXml('<a>'.repeat(100_000), { ...LIMITS, characters: 1e7 })).toThrow(/deeper/);
    expect(() => readXml(`<a ${'x'.repeat(1e6)}`, { ...LIMITS, characters: 1e7 })).toThrow(XmlError);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('nothing but an XmlError is ever thrown', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      'p:',
      '="',
      '"',
      '&',
      ';',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?',
      '?>',
      '__proto__',
      '\0',
      '\uD800',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          read(`<a>${pieces.join('')}</a>`);
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

test('escaped text is read back to the content', () => {
  const unit = fc.oneof(
    fc.constantFrom('&', '<', '>', ']]>', '\r', '\n', '\t', '"', "'", ' ', '😀', '&amp;'),
    fc.string({ unit: 'grapheme' }),
  );
  const legal = fc.array(unit).map((units) => units.join('').replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, ''));
  fc.assert(
    fc.property(legal, (text) => {
      expect(textOf(read(`<a>${escapeXml(text)}</a>`))).toBe(text);
    }),
  );
});
