import type { FunctionBody } from "./FunctionBody.ts";
import type { Locals } from "./Locals.ts";
import { constantOf, type Limb, type Limbs, type Value } from "./State.ts";
import { I, SIMD, TYPE } from "./wasm.ts";

const MAX = (1n << 64n) - 1n;
const ZERO: Limbs = [0n, 0n, 0n, 0n];
const BITWISE = {
  [I.i64And]: (x: bigint, y: bigint) => x & y,
  [I.i64Or]: (x: bigint, y: bigint) => x | y,
  [I.i64Xor]: (x: bigint, y: bigint) => x ^ y,
} as const;
type Bitwise = keyof typeof BITWISE;

/** Instructions for words in locals, least significant limb first. Limbs that are known to be zero cost nothing. */
export class WordEmitter {
  readonly body: FunctionBody;
  readonly #locals: Locals;

  constructor(body: FunctionBody, locals: Locals) {
    this.body = body;
    this.#locals = locals;
  }

  push(limb: Limb): void {
    if (typeof limb === "bigint") this.body.i64(limb);
    else this.body.get(limb);
  }

  /** Takes the i64 on top of the stack. */
  take(): number {
    const local = this.#locals.take(TYPE.i64);
    this.body.set(local);
    return local;
  }

  takeFlag(): Value {
    const flag = this.#locals.take(TYPE.i32);
    this.body.set(flag);
    return { flag };
  }

  #binary(x: Limb, opcode: number, y: Limb): number {
    this.push(x);
    this.push(y);
    this.body.op(opcode);
    return this.take();
  }

  /** 1 or 0 as i64. */
  #isLess(x: Limb, y: Limb): number {
    this.push(x);
    this.push(y);
    this.body.op(I.i64LtU, I.i64ExtendI32U);
    return this.take();
  }

  add(x: Limbs, y: Limbs): Limbs {
    const sum: Limb[] = [];
    let carry: Limb = 0n;
    for (let i = 0; i < 4; i++) {
      const [a, b, isLast] = [x[i]!, y[i]!, i === 3];
      const terms: Limb[] = [a, b, carry].filter((limb) => limb !== 0n);
      if (terms.length <= 1) {
        sum.push(terms[0] ?? 0n);
        carry = 0n;
        continue;
      }
      const first: number = this.#binary(terms[0]!, I.i64Add, terms[1]!);
      if (terms.length === 2) {
        sum.push(first);
        carry = isLast ? 0n : this.#isLess(first, terms[1]!);
        continue;
      }
      const whole = this.#binary(first, I.i64Add, carry);
      sum.push(whole);
      if (isLast) break;
      this.push(first);
      this.push(b);
      this.body.op(I.i64LtU);
      this.push(whole);
      this.push(first);
      this.body.op(I.i64LtU, I.i32Or, I.i64ExtendI32U);
      carry = this.take();
    }
    return sum as Limbs;
  }

  subtract(x: Limbs, y: Limbs): Limbs {
    const difference: Limb[] = [];
    let borrow: Limb = 0n;
    for (let i = 0; i < 4; i++) {
      const [a, b, isLast] = [x[i]!, y[i]!, i === 3];
      const taken: Limb[] = [b, borrow].filter((limb) => limb !== 0n);
      if (taken.length === 0) {
        difference.push(a);
        continue;
      }
      const first: number = this.#binary(a, I.i64Sub, taken[0]!);
      if (taken.length === 1) {
        difference.push(first);
        borrow = isLast ? 0n : this.#isLess(a, taken[0]!);
        continue;
      }
      difference.push(this.#binary(first, I.i64Sub, borrow));
      if (isLast) break;
      this.push(a);
      this.push(b);
      this.body.op(I.i64LtU);
      this.push(first);
      this.push(borrow);
      this.body.op(I.i64LtU, I.i32Or, I.i64ExtendI32U);
      borrow = this.take();
    }
    return difference as Limbs;
  }

  isLess(x: Limbs, y: Limbs, isSigned = false): Value {
    const { body } = this;
    let isFirst = true;
    for (let i = 0; i < 4; i++) {
      const [a, b] = [x[i]!, y[i]!];
      const opcode = isSigned && i === 3 ? I.i64LtS : I.i64LtU;
      if (a === b) continue;
      if (isFirst) {
        this.push(a);
        this.push(b);
        body.op(opcode);
        isFirst = false;
        continue;
      }
      if (b === 0n && opcode === I.i64LtU) {
        this.push(a);
        body.op(I.i64Eqz, I.i32And);
        continue;
      }
      // a < b, or a = b and the lower limbs are less
      const lower = this.#locals.take(TYPE.i32);
      body.set(lower);
      this.push(a);
      this.push(b);
      body.op(opcode);
      this.push(a);
      this.push(b);
      body.op(I.i64Eq);
      body.get(lower);
      body.op(I.i32And, I.i32Or);
    }
    if (isFirst) body.i32(0);
    return this.takeFlag();
  }

  isEqual(x: Limbs, y: Limbs): Value {
    const { body } = this;
    let count = 0;
    for (let i = 0; i < 4; i++) {
      const [a, b] = [x[i]!, y[i]!];
      if (a === b) continue;
      if (a === 0n) this.push(b);
      else {
        this.push(a);
        if (b !== 0n) {
          this.push(b);
          body.op(I.i64Xor);
        }
      }
      if (count++ > 0) body.op(I.i64Or);
    }
    if (count === 0) body.i32(1);
    else body.op(I.i64Eqz);
    return this.takeFlag();
  }

  isZero(value: Value): Value {
    if (value.flag === undefined) return this.isEqual(value.limbs!, ZERO);
    this.body.get(value.flag);
    this.body.op(I.i32Eqz);
    return this.takeFlag();
  }

  bitwise(opcode: Bitwise, x: Limbs, y: Limbs): Limbs {
    return x.map((a, i) => this.#bitwiseLimb(opcode, a, y[i]!)) as Limbs;
  }

  #bitwiseLimb(opcode: Bitwise, a: Limb, b: Limb): Limb {
    if (typeof a === "bigint" && typeof b === "bigint") return BITWISE[opcode](a, b);
    const [constant, other] = typeof a === "bigint" ? [a, b] : [b, a];
    if (opcode === I.i64And && constant === 0n) return 0n;
    if (opcode === I.i64And && constant === MAX) return other;
    if (opcode === I.i64Or && constant === MAX) return MAX;
    if (opcode !== I.i64And && constant === 0n) return other;
    return this.#binary(a, opcode, b);
  }

  shiftLeft(x: Limbs, count: number): Limbs {
    const [limbs, bits] = [count >> 6, count & 63];
    return x.map((_, i) => {
      const [high, low] = [x[i - limbs] ?? 0n, x[i - limbs - 1] ?? 0n];
      return bits === 0 ? high : this.#funnel(high, I.i64Shl, bits, low, I.i64ShrU);
    }) as Limbs;
  }

  shiftRight(x: Limbs, count: number): Limbs {
    const [limbs, bits] = [count >> 6, count & 63];
    return x.map((_, i) => {
      const [low, high] = [x[i + limbs] ?? 0n, x[i + limbs + 1] ?? 0n];
      return bits === 0 ? low : this.#funnel(low, I.i64ShrU, bits, high, I.i64Shl);
    }) as Limbs;
  }

  shiftRightSigned(x: Limbs, count: number): Limbs {
    const [limbs, bits] = [count >> 6, count & 63];
    const sign = this.#binary(x[3], I.i64ShrS, 63n);
    return x.map((_, i) => {
      if (i + limbs > 3) return sign;
      if (bits === 0) return x[i + limbs]!;
      if (i + limbs === 3) return this.#binary(x[3], I.i64ShrS, BigInt(bits));
      return this.#funnel(x[i + limbs]!, I.i64ShrU, bits, x[i + limbs + 1]!, I.i64Shl);
    }) as Limbs;
  }

  #funnel(x: Limb, opcode: number, bits: number, y: Limb, opposite: number): Limb {
    if (x === 0n && y === 0n) return 0n;
    if (y === 0n) return this.#binary(x, opcode, BigInt(bits));
    if (x === 0n) return this.#binary(y, opposite, BigInt(64 - bits));
    this.push(x);
    this.push(BigInt(bits));
    this.body.op(opcode);
    this.push(y);
    this.push(BigInt(64 - bits));
    this.body.op(opposite, I.i64Or);
    return this.take();
  }

  /** The word's byte number `index`, counted from the most significant. */
  byte(x: Limbs, index: number): Limbs {
    const [low] = this.shiftRight(x, 8 * (31 - index));
    return [this.#bitwiseLimb(I.i64And, low, 0xffn), 0n, 0n, 0n];
  }

  /** Extends the sign of byte `index`, counted from the least significant. */
  extendSign(x: Limbs, index: number): Limbs {
    const [limb, byte] = [index >> 3, index & 7];
    const shift = BigInt(56 - 8 * byte);
    const limbs = x.slice() as Limbs;
    if (byte < 7) limbs[limb] = this.#binary(this.#binary(x[limb]!, I.i64Shl, shift), I.i64ShrS, shift);
    if (limb === 3) return limbs;
    const sign = this.#binary(limbs[limb]!, I.i64ShrS, 63n);
    for (let i = limb + 1; i < 4; i++) limbs[i] = sign;
    return limbs;
  }

  /** The product of two limbs. */
  multiplyLimbs(x: Limb, y: Limb): Limbs {
    const low = this.#binary(x, I.i64Mul, y);
    const [xLow, xHigh] = [this.#bitwiseLimb(I.i64And, x, 0xffff_ffffn), this.#binary(x, I.i64ShrU, 32n)];
    const [yLow, yHigh] = [this.#bitwiseLimb(I.i64And, y, 0xffff_ffffn), this.#binary(y, I.i64ShrU, 32n)];
    const carry = this.#binary(this.#binary(xLow, I.i64Mul, yLow), I.i64ShrU, 32n);
    const middle = this.#binary(this.#binary(xLow, I.i64Mul, yHigh), I.i64Add, carry);
    const lower = this.#bitwiseLimb(I.i64And, middle, 0xffff_ffffn);
    const middle2 = this.#binary(this.#binary(xHigh, I.i64Mul, yLow), I.i64Add, lower);
    const upper = this.#binary(
      this.#binary(xHigh, I.i64Mul, yHigh),
      I.i64Add,
      this.#binary(middle, I.i64ShrU, 32n),
    );
    return [low, this.#binary(upper, I.i64Add, this.#binary(middle2, I.i64ShrU, 32n)), 0n, 0n];
  }

  /** `opcode` divides; the result is 0 if `y` is 0. */
  divideLimbs(x: Limb, y: Limb, opcode: typeof I.i64DivU | typeof I.i64RemU): Limbs {
    if (y === 0n) return ZERO;
    if (typeof y === "bigint") return [this.#binary(x, opcode, y), 0n, 0n, 0n];
    const quotient = this.#locals.take(TYPE.i64);
    this.body.i64(0n);
    this.body.set(quotient);
    this.push(y);
    this.body.op(I.i64Eqz, I.i32Eqz);
    this.body.if();
    this.push(x);
    this.push(y);
    this.body.op(opcode);
    this.body.set(quotient);
    this.body.end();
    return [quotient, 0n, 0n, 0n];
  }

  /**
   * Pushes the disjunction of the upper limbs, whose result is "zero" or "nonzero" if it is known, and then nothing
   * is pushed.
   */
  pushUpperLimbs(words: readonly Limbs[]): "zero" | "nonzero" | "unknown" {
    const upper = words.flatMap((limbs) => limbs.slice(1));
    if (upper.some((limb) => typeof limb === "bigint" && limb !== 0n)) return "nonzero";
    const unknown = [...new Set(upper.filter((limb) => typeof limb === "number"))];
    if (unknown.length === 0) return "zero";
    unknown.forEach((limb, i) => {
      this.push(limb);
      if (i > 0) this.body.op(I.i64Or);
    });
    return "unknown";
  }

  /** Pushes an i32 that is not 0 if the word is not 0. */
  pushCondition(value: Value): void {
    if (value.flag !== undefined) {
      this.body.get(value.flag);
      return;
    }
    const constant = constantOf(value);
    if (constant !== undefined) {
      this.body.i32(constant === 0n ? 0 : 1);
      return;
    }
    const limbs = value.limbs!.filter((limb) => limb !== 0n);
    limbs.forEach((limb, i) => {
      this.push(limb);
      if (i > 0) this.body.op(I.i64Or);
    });
    this.body.op(I.i64Eqz, I.i32Eqz);
  }

  /** Loads a word; `push` pushes the address. */
  loadLimbs(push: () => void, offset: number, known: { readonly isAddress?: boolean } = {}): Limbs {
    return [0, 1, 2, 3].map((i) => {
      if (i === 3 && known.isAddress === true) return 0n;
      push();
      this.body.access(I.i64Load, offset + 8 * i);
      return this.take();
    }) as Limbs;
  }

  storeLimbs(push: () => void, offset: number, limbs: Limbs): void {
    for (const half of [0, 1]) {
      push();
      this.#pushVector(limbs[2 * half]!, limbs[2 * half + 1]!);
      this.body.simdAccess(SIMD.store, offset + 16 * half);
    }
  }

  #pushVector(low: Limb, high: Limb): void {
    const { body } = this;
    if (typeof low === "bigint" && typeof high === "bigint") {
      body.op(I.simd, SIMD.const);
      for (const limb of [low, high]) {
        for (let i = 0n; i < 64n; i += 8n) body.op(Number((limb >> i) & 0xffn));
      }
      return;
    }
    this.push(low);
    body.op(I.simd, SIMD.i64x2Splat);
    if (low === high) return;
    this.push(high);
    body.op(I.simd, SIMD.i64x2ReplaceLane, 1);
  }

  loadBigEndian(address: number, offset: number): Limbs {
    const { body } = this;
    const halves = [1, 0].map((half) => {
      const vector = this.#locals.take(TYPE.v128);
      body.get(address);
      body.simdAccess(SIMD.load, offset + 16 * half);
      body.set(vector);
      body.reverse(vector);
      body.set(vector);
      return [0, 1].map((lane) => {
        body.get(vector);
        body.op(I.simd, SIMD.i64x2ExtractLane, lane);
        return this.take();
      });
    });
    return halves.flat() as Limbs;
  }

  storeBigEndian(address: number, offset: number, limbs: Limbs): void {
    const { body } = this;
    for (const half of [0, 1]) {
      const vector = this.#locals.take(TYPE.v128);
      this.#pushVector(limbs[2 - 2 * half]!, limbs[3 - 2 * half]!);
      body.set(vector);
      body.get(address);
      body.reverse(vector);
      body.simdAccess(SIMD.store, offset + 16 * half);
    }
  }
}
