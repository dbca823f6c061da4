/** The engine must return the same code and facts. */
export class OracleRefusal extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, bigint | number | string | undefined>>;

  constructor(code: string, facts: OracleRefusal["facts"]) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}
