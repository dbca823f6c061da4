/** Callers branch on the consequence, never on the message. */
export type Consequence =
  | "retry"
  /** The input was refused; nothing changed. */
  | "reject"
  | "ignore"
  | "penalise"
  | "fatal";

/** Facts are printable and never secret. */
export type Fact = string | number | bigint | boolean | null | undefined;
export type Facts = Readonly<Record<string, Fact>>;

type FactType = keyof FactTypes | `${keyof FactTypes}?`;

interface FactTypes {
  readonly string: string;
  readonly number: number;
  readonly bigint: bigint;
  readonly boolean: boolean;
  readonly scalar: string | number | bigint | boolean;
}

export interface ErrorEntry {
  /** A lower-case sentence without a full stop. */
  readonly message: string;
  readonly hint: string;
  readonly consequence: Consequence;
  /** Types of the facts that code reads by name. */
  readonly facts?: Readonly<Record<string, FactType>>;
}

export type DeclaredFacts<Entry> = Entry extends { readonly facts: infer Types extends object }
  ? { readonly [Name in RequiredNames<Types>]: FactOf<Types[Name]> } & {
      readonly [Name in Exclude<keyof Types, RequiredNames<Types>>]?: FactOf<Types[Name]> | undefined;
    }
  : Readonly<Record<never, never>>;

type RequiredNames<Types> = {
  [Name in keyof Types]: Types[Name] extends keyof FactTypes ? Name : never;
}[keyof Types];

type FactOf<Type> = Type extends keyof FactTypes
  ? FactTypes[Type]
  : Type extends `${infer Base extends keyof FactTypes}?`
    ? FactTypes[Base]
    : never;

export class TrellisError extends Error {
  readonly code: string;
  readonly facts: Facts;
  readonly hint: string;
  readonly consequence: Consequence;

  constructor(code: string, entry: ErrorEntry, facts: Facts, cause?: unknown) {
    super(withFacts(entry.message, facts), cause === undefined ? undefined : { cause });
    this.name = "TrellisError";
    this.code = code;
    this.facts = facts;
    this.hint = entry.hint;
    this.consequence = entry.consequence;
  }

  toJSON(): Record<string, unknown> {
    const facts = Object.fromEntries(
      Object.entries(this.facts).map(([name, fact]) => [
        name,
        typeof fact === "bigint" ? fact.toString() : fact,
      ]),
    );
    return { code: this.code, message: this.message, hint: this.hint, consequence: this.consequence, facts };
  }
}

type ErrorFactories<T extends Record<string, ErrorEntry>> = {
  readonly [Code in keyof T & string]: ErrorFactory<T[Code]>;
} & { readonly table: T };

type ErrorFactory<Entry> = Entry extends { readonly facts: object }
  ? Readonly<Record<never, never>> extends DeclaredFacts<Entry>
    ? (facts?: DeclaredFacts<Entry>, cause?: unknown) => TrellisError
    : (facts: DeclaredFacts<Entry>, cause?: unknown) => TrellisError
  : (facts?: Facts, cause?: unknown) => TrellisError;

export function defineErrors<const T extends Record<string, ErrorEntry>>(table: T): ErrorFactories<T> {
  const factories: Record<string, unknown> = { table };
  for (const [code, entry] of Object.entries(table)) {
    factories[code] = (facts: Facts = {}, cause?: unknown) => {
      const error = new TrellisError(code, entry, facts, cause);
      Error.captureStackTrace?.(error, factories[code] as () => void);
      return error;
    };
  }
  return factories as ErrorFactories<T>;
}

export function isTrellisError(error: unknown, code?: string): error is TrellisError {
  return error instanceof TrellisError && (code === undefined || error.code === code);
}

/** Also searches causes, because libraries wrap errors. */
export function errorWithin(error: unknown, code: string): TrellisError | undefined {
  for (let depth = 0, at = error; depth < CAUSES_MAX && at instanceof Error; depth++, at = at.cause)
    if (isTrellisError(at, code)) return at;
  return undefined;
}

const CAUSES_MAX = 8;

function withFacts(message: string, facts: Facts): string {
  const shown = Object.entries(facts).filter(([, fact]) => fact !== undefined);
  if (shown.length === 0) return message;
  return `${message} (${shown.map(([name, fact]) => `${name}: ${fact}`).join(", ")})`;
}
