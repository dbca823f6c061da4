export function encodedOnce<T extends object>(encode: (value: T) => unknown): (value: T) => string {
  const known = new WeakMap<T, string>();
  return (value) => {
    let json = known.get(value);
    if (json === undefined) {
      json = JSON.stringify(encode(value));
      known.set(value, json);
    }
    return json;
  };
}
