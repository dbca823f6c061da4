// Explains missing modules after `npm ci --omit=dev`.

try {
  import.meta.resolve("vitest");
} catch {
  console.error(
    "This needs the packages of development, which `npm ci --omit=dev` leaves out: run `npm ci` first.",
  );
  process.exit(1);
}
