import { runBench } from "./runBench.ts";

const argv = process.argv.slice(2);
const isForPrograms = argv.includes("--json");
const complain = (line: string): void => console.error(line);
const print = (line: string): void => console.log(line);
process.exit(await runBench(argv, { print, complain, tell: isForPrograms ? complain : print }));
