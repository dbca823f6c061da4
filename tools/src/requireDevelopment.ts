// Before `npm test` and `npm run bench`: after `npm ci --omit=dev` they would end with what Node says of a module.

try {
  import.meta.resolve("vitest");
} catch {
  console.error(
    "This needs the packages of development, which `npm ci --omit=dev` leaves out: run `npm ci` first.",
  );
  process.exit(1);
}
