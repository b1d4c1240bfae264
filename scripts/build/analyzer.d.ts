/** The analyzer ships no types for its programmatic face. */
declare module '@custom-elements-manifest/analyzer/cli.js' {
  export function cli(options: { argv: string[]; noWrite?: boolean }): Promise<object>;
}
