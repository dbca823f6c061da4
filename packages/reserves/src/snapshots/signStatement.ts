import { canonicalBytes, parseCanonicalBytes } from "../canonical/index.ts";
import type { AccountSide, LedgerEntry, Statement } from "../ledger/index.ts";
import { snapshotsErrors } from "./errors.ts";
import { type CustodianSigner, isSignedBy, statementMessage } from "./signing.ts";

/** Large numbers are decimal text. */
export interface StatementLine {
  readonly position: string;
  readonly sequence: string;
  readonly kind: string;
  readonly amount: string;
  readonly balance: string;
  readonly key: string;
  readonly reference: string;
  readonly happenedAtMs: number;
}

export interface StatementDocument {
  /** Version 2 is for debts. */
  readonly version: 1 | 2;
  readonly side?: "debt";
  readonly customer: string;
  readonly asset: string;
  /** Snapshot number; 0 is before the first entry. */
  readonly from: number;
  readonly to: number;
  readonly after: string;
  readonly upTo: string;
  readonly opening: string;
  readonly closing: string;
  readonly lines: readonly StatementLine[];
}

export interface SignedStatement {
  readonly document: StatementDocument;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

export async function signStatement(
  statement: Statement,
  { from, to }: { readonly from: number; readonly to: number },
  signer: CustodianSigner,
): Promise<SignedStatement> {
  const document: StatementDocument = {
    ...(statement.side === "debt" ? ({ version: 2, side: "debt" } as const) : { version: 1 }),
    customer: statement.customer,
    asset: statement.asset,
    from,
    to,
    after: statement.after.toString(),
    upTo: statement.upTo.toString(),
    opening: statement.opening.toString(),
    closing: statement.closing.toString(),
    lines: statement.lines.map(toLine),
  };
  const bytes = canonicalBytes({ ...document, lines: document.lines.map((line) => ({ ...line })) });
  return { document, bytes, signature: await signer.sign(statementMessage(bytes)) };
}

function toLine(entry: LedgerEntry): StatementLine {
  return {
    position: entry.position.toString(),
    sequence: entry.sequence.toString(),
    kind: entry.kind,
    amount: entry.amount.toString(),
    balance: entry.balance.toString(),
    key: entry.key,
    reference: entry.reference,
    happenedAtMs: entry.happenedAtMs,
  };
}

export interface ExpectedBalances {
  readonly side?: AccountSide;
  readonly opening: bigint;
  readonly closing: bigint;
}

/**
 * Lines must be gapless and match the proved balances.
 * @throws SNAPSHOT_RECORD_INVALID, JSON_NOT_CANONICAL
 */
export function verifyStatement(
  { bytes, signature }: Pick<SignedStatement, "bytes" | "signature">,
  publicKey: Uint8Array,
  expected?: ExpectedBalances,
): StatementDocument {
  const refuse = (rule: string, facts = {}) =>
    snapshotsErrors.SNAPSHOT_RECORD_INVALID({ reason: "invalid statement", rule, ...facts });
  if (!isSignedBy(publicKey, statementMessage(bytes), signature)) throw refuse("signature");
  const document = parseCanonicalBytes(bytes) as unknown as StatementDocument;
  if (!isStatement(document)) throw refuse("version");
  if (expected !== undefined && (expected.side ?? "equity") !== (document.side ?? "equity"))
    throw refuse("side");
  const { opening, closing, after, upTo } = numbersOf(document, refuse);
  let balance = opening;
  let position = after;
  let sequence: bigint | undefined;
  for (const line of document.lines) {
    const mine = numbersOf(line, refuse);
    if (mine.position <= position || mine.position > upTo)
      throw refuse("position", { position: mine.position });
    if (sequence !== undefined && mine.sequence !== sequence + 1n)
      throw refuse("sequence", { sequence: mine.sequence });
    if (sequence === undefined && opening === 0n && after === 0n && mine.sequence !== 1n)
      throw refuse("sequence");
    balance += mine.amount;
    if (balance !== mine.balance || balance < 0n) throw refuse("balance", { position: mine.position });
    ({ position, sequence } = mine);
  }
  if (balance !== closing) throw refuse("closing", { closing, computed: balance });
  if (expected !== undefined && expected.opening !== opening) throw refuse("opening-proved", { opening });
  if (expected !== undefined && expected.closing !== closing) throw refuse("closing-proved", { closing });
  return document;
}

/** A debt statement must not be accepted as equity. */
function isStatement(document: StatementDocument): boolean {
  const side = document?.version === 1 ? undefined : "debt";
  const isKnown = document?.version === 1 || document?.version === 2;
  return isKnown && document.side === side && Array.isArray(document.lines);
}

const WHOLE = /^-?(?:0|[1-9][0-9]{0,38})$/;
const NUMBERS = ["opening", "closing", "after", "upTo", "position", "sequence", "amount", "balance"] as const;
type NumberName = (typeof NUMBERS)[number];

function numbersOf(
  holder: StatementDocument | StatementLine,
  refuse: (rule: string, facts?: object) => Error,
): Record<NumberName, bigint> {
  const fields = holder as unknown as Partial<Record<NumberName, unknown>>;
  const read = (name: NumberName): bigint => {
    const text = fields[name] ?? "0";
    if (typeof text !== "string" || !WHOLE.test(text)) throw refuse("number");
    return BigInt(text);
  };
  return Object.fromEntries(NUMBERS.map((name) => [name, read(name)])) as Record<NumberName, bigint>;
}
