export type Language = 'zh' | 'en';

/**
 * The language that a browser's Accept-Language asks for. Chinese, as the provider's own page is, unless English is wanted more (or
 * Chinese not at all); regions do not count, and what cannot be read is passed over.
 */
export function languageOf(acceptLanguage = ''): Language {
  const ranges = acceptLanguage.split(',').flatMap((range) => {
    const [, tag = '', q = '1'] =
      /^\s*(\*|[a-z]{1,8})(?:-[a-z0-9]{1,8})*\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i.exec(range) ?? [];
    return tag === '' ? [] : [{ tag: tag.toLowerCase(), quality: Number(q) }];
  });
  const qualityOf = (language: Language, unnamed: number): number => {
    const named = ranges.filter(({ tag }) => tag === language);
    const fitting = named.length > 0 ? named : ranges.filter(({ tag }) => tag === '*');
    return fitting.length > 0 ? Math.max(...fitting.map(({ quality }) => quality)) : unnamed;
  };
  return qualityOf('en', UNNAMED.en) > qualityOf('zh', UNNAMED.zh) ? 'en' : 'zh';
}

/** Less than any quality but 0 (they have three digits), so that a language that was not named still beats one that is refused. */
const UNNAMED = { zh: 2e-4, en: 1e-4 };
