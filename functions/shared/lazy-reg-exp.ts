/**
 * A regular expression that is made when it is first needed. V8 checks a literal whenever it reads the file, and to do so looks up each
 * class of Unicode: with two such literals that is 3 % of what a start of the api takes.
 */
export function lazyRegExp(source: string, flags: string): () => RegExp {
  let made: RegExp | undefined;
  return () => {
    made ??= new RegExp(source, flags);
    return made;
  };
}
