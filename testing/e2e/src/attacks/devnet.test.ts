import { describeAttacks } from "./describeAttacks.ts";

describeAttacks("a devnet stays usable during", []);
