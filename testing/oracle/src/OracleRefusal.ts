/** A call or a transaction that must not run, with the code and the facts that the engine has to answer with. */
export class OracleRefusal extends Error {
  readonly code: string;
  readonly facts: Readonly<Record<string, bigint | number | string | undefined>>;

  constructor(code: string, facts: OracleRefusal["facts"]) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}
