/** A page of the documentation: the bundler takes it in as text. */
declare module '*.md' {
  const text: string;
  export default text;
}
