import { describeAttacks } from "./describeAttacks.ts";
import { ATTACKS } from "./kinds/index.ts";
import { peers } from "./kinds/peers.ts";

const NAMES = Object.keys(ATTACKS).filter((name) => !(name in peers));

describeAttacks("a devnet stays usable during", [], NAMES);
