/** Rejection, with the code and facts that the engine must return. */
export class OracleRefusal extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, bigint | number | string | undefined>>;

  constructor(code: string, facts: OracleRefusal["facts"]) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}
