import { createHash } from "node:crypto";
import { bytesEqual, bytesToBigint, concatBytes, hexToBytes } from "@trellis/base";
import { NO_OUTPUT, type Precompile } from "./Precompile.ts";
import { CurveModule } from "./pairingModule.ts";
import { HALVES_SIZE, writeHalves } from "./splitScalar.ts";

const GAS = 50_000;
const INPUT_SIZE = 192;
const VERSION_KZG = 0x01;
const BLS_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
/** FIELD_ELEMENTS_PER_BLOB and BLS_MODULUS, 32 bytes each. */
const OUTPUT = hexToBytes(
  "0x000000000000000000000000000000000000000000000000000000000000100073eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
);

const G1_GENERATOR = hexToBytes(
  "0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb" +
    "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
);
const G2_GENERATOR = hexToBytes(
  "0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8" +
    "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be" +
    "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
);
/** `g2_monomial[1]` of the KZG ceremony. */
const TAU_G2 = hexToBytes(
  "0x15bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
    "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2" +
    "1666c54b0a32529503432fcae0181b4bef79de09fc63671fda5ed1ba9bfa07899495346f3d7ac9cd23048ef30d0a154f" +
    "014353bdb96b626dd7d5ee8599d1fca2131569490e28de18e82451a496a9c9794ce26d105941f383ee689bfbbb832a99",
);

/** (βx, y) is −x² · (x, y), where x² is the square of the seed. */
const BETA = hexToBytes(
  "0x00000000000000005f19672fdf76ce51ba69c6076a0f77eaddb3a93be6f89688de17d813620a00022e01fffffffefffe",
);
const SEED_SQUARED = 0xd201000000010000n ** 2n;
const POINT_SIZE = 48;
const PROOF_AT = 2 * POINT_SIZE;

/** EIP-4844. Loads the module lazily. */
export function createPointEvaluation(build?: "portable"): Precompile {
  let loaded: CurveModule | undefined;
  const curveOf = (): CurveModule => {
    loaded ??= configure(new CurveModule(build));
    return loaded;
  };
  return (input, gas) => {
    if (gas < GAS) return { gasUsed: GAS, output: NO_OUTPUT };
    if (input.length !== INPUT_SIZE) return undefined;
    const commitment = input.subarray(96, 144);
    const versionedHash = createHash("sha256").update(commitment).digest();
    versionedHash[0] = VERSION_KZG;
    if (!bytesEqual(versionedHash, input.subarray(0, 32))) return undefined;
    const [z, y] = [bytesToBigint(input.subarray(32, 64)), bytesToBigint(input.subarray(64, 96))];
    if (z >= BLS_MODULUS || y >= BLS_MODULUS) return undefined;
    const curve = curveOf();
    curve.writeInput(input.subarray(96), 2 * POINT_SIZE);
    const view = curve.inputView();
    writeSplit(z, view, PROOF_AT);
    writeSplit((BLS_MODULUS - y) % BLS_MODULUS, view, PROOF_AT + HALVES_SIZE);
    return curve.exports.verifyProof() === 1 ? { gasUsed: GAS, output: OUTPUT } : undefined;
  };
}

export const pointEvaluation = createPointEvaluation();

function configure(curve: CurveModule): CurveModule {
  const constants = concatBytes(BETA, G1_GENERATOR, G2_GENERATOR, TAU_G2);
  curve.writeInput(constants, constants.length);
  curve.exports.configureBls();
  return curve;
}

function writeSplit(scalar: bigint, view: DataView, at: number): void {
  writeHalves(scalar % SEED_SQUARED, scalar / SEED_SQUARED, view, at);
}
