import { describeAttacks } from "./describeAttacks.ts";
import { ATTACKS } from "./kinds/index.ts";
import { peers } from "./kinds/peers.ts";

/** A devnet of one node has no peers. */
const NAMES = Object.keys(ATTACKS).filter((name) => !(name in peers));

describeAttacks("a devnet stays usable during", [], NAMES);
