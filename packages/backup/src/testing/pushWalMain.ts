import { systemRandom } from "@trellis/platform/system";
import { pushWal } from "../postgres/pushWal.ts";
import { openDirectoryStore } from "../repository/openDirectoryStore.ts";
import { WalArchive } from "../repository/WalArchive.ts";
import { wrappingOf } from "./wrappingOf.ts";

// `pushWalMain.ts REPOSITORY FILE` is an `archive_command`.

const [, , directory, file] = process.argv;
const store = await openDirectoryStore(directory!);
const archive = await WalArchive.open({ store, wrapping: wrappingOf("correct"), random: systemRandom });
await pushWal(file!, archive);
