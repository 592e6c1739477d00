// Numbers as people write them into cells, and as cells show them; the server reads them alike (apps/common/money.py).

const SIZES = { "": 1, k: 1e3, m: 1e6, mio: 1e6, b: 1e9, bn: 1e9 };
const WRITTEN = /^([+\-−]?)\s*([0-9][0-9., '’\u00a0\u202f]*|\.[0-9]+)\s*(k|mio|m|bn|b|)\.?$/i;
const GROUPED = [
  [/^([0-9]*\.?[0-9]+|[0-9]+\.)$/, (text) => text],
  [/^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$/, (text) => text.replaceAll(",", "")],
  [/^[0-9]{1,3}([ '’][0-9]{3})+(\.[0-9]*)?$/, (text) => text.replace(/[ '’]/g, "")],
  [/^([0-9]{1,3}(\.[0-9]{3}){2,}(,[0-9]*)?|[0-9]{1,3}(\.[0-9]{3})+,[0-9]+)$/, (text) => text.replaceAll(".", "").replace(",", ".")],
];

// As people write numbers: 1.2m, 12k, 1,200.50. null for an empty text, NaN for one that is no number.
export function read(text, currency = "") {
  let plain = text.trim();
  for (const sign of ["$", "€", "£", "¥", currency].filter(Boolean)) {
    if (plain.toUpperCase().startsWith(sign)) plain = plain.slice(sign.length).trim();
    else if (plain.toUpperCase().endsWith(sign)) plain = plain.slice(0, -sign.length).trim();
  }
  if (!plain) return null;
  const found = plain.match(WRITTEN);
  if (!found) return NaN;
  const digits = found[2].replace(/[\u00a0\u202f]/g, " ").trim();
  const form = GROUPED.find(([pattern]) => pattern.test(digits));
  if (!form) return NaN;
  const number = Number(form[1](digits)) * SIZES[found[3].toLowerCase()];
  return "-−".includes(found[1] || " ") ? -number : Number(number.toFixed(6));
}

const figures = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
export const told = (number) => (number === null ? "" : figures.format(number));
