/** Prices are whole cents everywhere, and only become text here. */

export function price(cents: number, currency = process.env.CURRENCY ?? 'EUR'): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(cents / 100)
}

export function total(lines: readonly { readonly cents: number; readonly quantity: number }[]): number {
  return lines.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0)
}
