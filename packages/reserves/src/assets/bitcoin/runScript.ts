import { bytesEqual } from "@trellis/base";
import { assetsErrors } from "../errors.ts";
import { doubleSha256, hash160, ripemd160, sha256 } from "./hashes.ts";
import { checkScriptSize, OP, parseScript, type ScriptStep } from "./script.ts";
import { decodeNumber, encodeNumber, isTrue } from "./scriptNumber.ts";
import { checkLockTime, checkSequence } from "./timeLocks.ts";
import type { BitcoinTransaction } from "./transaction.ts";

/** Versions: before segwit, segwit version 0, Taproot (BIP-342). */
export type ScriptVersion = "legacy" | "v0" | "tapscript";

export interface ScriptEnvironment {
  readonly version: ScriptVersion;
  readonly transaction: BitcoinTransaction;
  readonly inputIndex: number;
  checkSignature(signature: Uint8Array, publicKey: Uint8Array): boolean;
}

const STACK_MAX = 1000;
export const ELEMENT_SIZE_MAX = 520;
const OPERATIONS_MAX = 201;
const MULTISIG_KEYS_MAX = 20;
/** BIP-342 has no limit. The largest `multi_a` descriptor takes 34 kB. */
const TAPSCRIPT_SIZE_MAX = 50_000;
/** The only size that BIP-342 defines. */
const TAPSCRIPT_KEY_SIZE = 32;

/**
 * Enforces BIP-322's required rules (MINIMALDATA, MINIMALIF, NULLFAIL, NULLDUMMY, no OP_CODESEPARATOR).
 * @returns the final stack, top last
 */
export function runScript(
  script: Uint8Array,
  initialStack: readonly Uint8Array[],
  environment: ScriptEnvironment,
): Uint8Array[] {
  checkSize(script, environment.version);
  const steps = parseScript(script);
  checkOperations(steps, environment.version);
  const machine = new ScriptMachine(initialStack, environment);
  for (const step of steps) machine.step(step);
  return machine.finish();
}

/** Enforces CLEANSTACK. */
export function checkClean(stack: readonly Uint8Array[]): void {
  const [result] = stack;
  if (result === undefined || stack.length > 1 || !isTrue(result))
    throw failed(`${stack.length} elements are left, or the last is false`);
}

function checkSize(script: Uint8Array, version: ScriptVersion): void {
  if (version !== "tapscript") checkScriptSize(script);
  else if (script.length > TAPSCRIPT_SIZE_MAX)
    throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({
      scriptSize: script.length,
      sizeMax: TAPSCRIPT_SIZE_MAX,
    });
}

/** Rejects unknown key types, which accept any signature (BIP-342, "Rules for signature opcodes"). */
function checkTapscriptKey(publicKey: Uint8Array): void {
  if (publicKey.length === 0) throw failed("a key is empty");
  if (publicKey.length !== TAPSCRIPT_KEY_SIZE)
    throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ keySize: publicKey.length });
}

/** Rejects unsupported operations, even unreachable ones. */
function checkOperations(steps: readonly ScriptStep[], version: ScriptVersion): void {
  const known = new Set<number>(Object.values(OP));
  for (const step of steps) {
    if (step.push !== undefined) continue;
    const { operation } = step;
    if (operation === OP.CODESEPARATOR) throw failed("OP_CODESEPARATOR is forbidden");
    const isOfVersion = operation !== OP.CHECKSIGADD || version === "tapscript";
    if (!known.has(operation) || !isOfVersion)
      throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ operation, version });
  }
}

class ScriptMachine {
  readonly #stack: Uint8Array[];
  readonly #environment: ScriptEnvironment;
  readonly #branches: boolean[] = [];
  #operations = 0;

  constructor(initialStack: readonly Uint8Array[], environment: ScriptEnvironment) {
    this.#environment = environment;
    this.#stack = [...initialStack];
    if (this.#stack.some(({ length }) => length > ELEMENT_SIZE_MAX)) throw failed("an element is too large");
    // Only BIP-342 limits the initial stack.
    if (environment.version === "tapscript") this.#checkStackSize();
  }

  step(step: ScriptStep): void {
    const isRunning = this.#branches.every((branch) => branch);
    if (step.push !== undefined) {
      if (step.push.length > ELEMENT_SIZE_MAX) throw failed("an element is too large");
      if (isRunning) this.#push(step.push);
    } else {
      this.#count(1);
      if (!this.#stepBranch(step.operation, isRunning) && isRunning) this.#run(step.operation);
    }
    this.#checkStackSize();
  }

  #checkStackSize(): void {
    if (this.#stack.length > STACK_MAX) throw failed("the stack is too large");
  }

  /** Also counts multisig keys. Taproot limits signatures instead of operations. */
  #count(operations: number): void {
    this.#operations += operations;
    if (this.#environment.version !== "tapscript" && this.#operations > OPERATIONS_MAX)
      throw failed("too many operations");
  }

  finish(): Uint8Array[] {
    if (this.#branches.length > 0) throw failed("OP_IF without OP_ENDIF");
    return this.#stack;
  }

  #stepBranch(operation: number, isRunning: boolean): boolean {
    if (operation === OP.IF || operation === OP.NOTIF) {
      this.#branches.push(isRunning && this.#popCondition() === (operation === OP.IF));
      return true;
    }
    if (operation !== OP.ELSE && operation !== OP.ENDIF) return false;
    const branch = this.#branches.pop();
    if (branch === undefined) throw failed("OP_ELSE or OP_ENDIF without OP_IF");
    if (operation === OP.ELSE) this.#branches.push(!branch);
    return true;
  }

  #run(operation: number): void {
    const run = OPERATIONS[operation];
    if (run === undefined) throw assetsErrors.BITCOIN_SCRIPT_UNSUPPORTED({ operation });
    run(this);
  }

  #push(element: Uint8Array): void {
    this.#stack.push(element);
  }

  /** Enforces MINIMALIF. */
  #popCondition(): boolean {
    const condition = this.pop();
    if (condition.length === 0) return false;
    if (condition.length === 1 && condition[0] === 1) return true;
    throw failed("the argument of OP_IF is neither 1 nor empty");
  }

  pop(): Uint8Array {
    const element = this.#stack.pop();
    if (element === undefined) throw failed("the stack is empty");
    return element;
  }

  top(): Uint8Array {
    const element = this.#stack.at(-1);
    if (element === undefined) throw failed("the stack is empty");
    return element;
  }

  push(...elements: readonly Uint8Array[]): void {
    for (const element of elements) this.#push(element);
  }

  pushBoolean(value: boolean): void {
    this.#push(value ? Uint8Array.of(1) : new Uint8Array(0));
  }

  verify(): void {
    if (!isTrue(this.pop())) throw failed("a check is false");
  }

  isNumberEqual(): boolean {
    const second = decodeNumber(this.pop());
    return decodeNumber(this.pop()) === second;
  }

  checkSignature(): boolean {
    const publicKey = this.pop();
    return this.checkOne(this.pop(), publicKey);
  }

  /** NULLFAIL: an invalid signature must be empty. */
  checkOne(signature: Uint8Array, publicKey: Uint8Array): boolean {
    if (this.#environment.version === "tapscript") checkTapscriptKey(publicKey);
    if (signature.length === 0) return false;
    if (!this.#environment.checkSignature(signature, publicKey)) throw failed("a signature does not match");
    return true;
  }

  checkMultisig(): boolean {
    if (this.#environment.version === "tapscript") throw failed("OP_CHECKMULTISIG is not in tapscript");
    const keys = this.#popList(MULTISIG_KEYS_MAX);
    this.#count(keys.length);
    const signatures = this.#popList(keys.length);
    if (this.pop().length > 0) throw failed("the dummy element is not empty");
    let matched = 0;
    for (const key of keys) {
      const signature = signatures[matched];
      if (signature === undefined) break;
      if (signature.length > 0 && this.#environment.checkSignature(signature, key)) matched++;
    }
    if (matched === signatures.length) return true;
    if (signatures.some(({ length }) => length > 0)) throw failed("signatures do not match the keys");
    return false;
  }

  #popList(countMax: number): Uint8Array[] {
    const count = Number(decodeNumber(this.pop()));
    if (count < 0 || count > countMax) throw failed("a count is out of range");
    return Array.from({ length: count }, () => this.pop());
  }

  checkLockTime(): void {
    checkLockTime(this.top(), this.#environment);
  }

  checkSequence(): void {
    checkSequence(this.top(), this.#environment);
  }
}

const OPERATIONS: Readonly<Record<number, (machine: ScriptMachine) => void>> = {
  [OP.VERIFY]: (machine) => machine.verify(),
  [OP.RETURN]: () => {
    throw failed("OP_RETURN");
  },
  [OP.TWO_DROP]: (machine) => {
    machine.pop();
    machine.pop();
  },
  [OP.DROP]: (machine) => {
    machine.pop();
  },
  [OP.DUP]: (machine) => machine.push(machine.top()),
  [OP.SWAP]: (machine) => machine.push(machine.pop(), machine.pop()),
  [OP.SIZE]: (machine) => machine.push(encodeNumber(BigInt(machine.top().length))),
  [OP.EQUAL]: (machine) => machine.pushBoolean(bytesEqual(machine.pop(), machine.pop())),
  [OP.EQUALVERIFY]: (machine) => {
    machine.pushBoolean(bytesEqual(machine.pop(), machine.pop()));
    machine.verify();
  },
  [OP.NUMEQUAL]: (machine) => machine.pushBoolean(machine.isNumberEqual()),
  [OP.NUMEQUALVERIFY]: (machine) => {
    machine.pushBoolean(machine.isNumberEqual());
    machine.verify();
  },
  [OP.RIPEMD160]: (machine) => machine.push(ripemd160(machine.pop())),
  [OP.SHA256]: (machine) => machine.push(sha256(machine.pop())),
  [OP.HASH160]: (machine) => machine.push(hash160(machine.pop())),
  [OP.HASH256]: (machine) => machine.push(doubleSha256(machine.pop())),
  [OP.CHECKSIG]: (machine) => machine.pushBoolean(machine.checkSignature()),
  [OP.CHECKSIGVERIFY]: (machine) => {
    machine.pushBoolean(machine.checkSignature());
    machine.verify();
  },
  [OP.CHECKMULTISIG]: (machine) => machine.pushBoolean(machine.checkMultisig()),
  [OP.CHECKMULTISIGVERIFY]: (machine) => {
    machine.pushBoolean(machine.checkMultisig());
    machine.verify();
  },
  [OP.CHECKLOCKTIMEVERIFY]: (machine) => machine.checkLockTime(),
  [OP.CHECKSEQUENCEVERIFY]: (machine) => machine.checkSequence(),
  [OP.CHECKSIGADD]: (machine) => {
    const publicKey = machine.pop();
    const count = decodeNumber(machine.pop());
    machine.push(encodeNumber(count + (machine.checkOne(machine.pop(), publicKey) ? 1n : 0n)));
  },
};

function failed(reason: string) {
  return assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason });
}
