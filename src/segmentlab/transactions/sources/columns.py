"""Which column of a source is which of ours, and what the columns that are there imply."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.schema import FIELDS, LINE_TOTAL, ColumnField

# Which column of a source is which of ours: by the names in use, or as the user says.


AMOUNTS = ("quantity", "unit_price", "line_total")  # no column is two of them
# Compared without case, blanks and punctuation: `Customer ID`, `customer_id` and `CustomerID` are one.
COLUMN_ALIASES: Mapping[str, frozenset[str]] = {
    "customer_id": frozenset(
        {
            "customerid",
            "customer",
            "custid",
            "customerno",
            "client",
            "clientid",
            "buyer",
            "member",
            "memberid",
            "userid",
        }
    ),
    "invoice_id": frozenset({"invoiceid", "invoice", "invoiceno", "orderid", "orderno", "basketid"}),
    "product_id": frozenset({"productid", "stockcode", "product", "sku", "itemid", "articleid"}),
    "description": frozenset({"description", "productname", "itemname"}),
    "quantity": frozenset({"quantity", "qty", "count", "units", "pieces"}),
    "unit_price": frozenset({"unitprice", "price", "priceperunit"}),
    "line_total": frozenset({"linetotal", "amount", "total", "totalprice", "salesvalue", "revenue"}),
    "timestamp": frozenset({"timestamp", "invoicedate", "date", "datetime", "orderdate", "purchasedate"}),
    "country": frozenset({"country", "customercountry"}),
}
# Names that are taken where none of the above is there: weaker ones, and those of other languages.
MORE_ALIASES: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "customer_id": "customercode customernumber custno custcode clientno clientnumber clientcode buyerid "
        "memberno membernumber shopperid kunde kundennummer kundennr kundenid numeroclient numéroclient "
        "idclient codeclient cliente idcliente códigocliente codigocliente codicecliente klant klantnummer "
        "klantid",
        "invoice_id": "ordernumber ordernr invoicenumber invoicenr receipt receiptnumber receiptno receiptid "
        "bill billno billnumber billid transaction transactionid transactionno transactionnumber saleid "
        "salesid ticket ticketid ticketno bestellung bestellnummer bestellnr bestellid auftragsnummer "
        "auftragsnr rechnung rechnungsnummer rechnungsnr belegnummer belegnr bon bonnummer bonnr commande "
        "numerocommande numérocommande idcommande facture numerofacture numérofacture pedido numeropedido "
        "númeropedido idpedido factura numerofactura ordine numeroordine idordine fattura scontrino "
        "bestelnummer factuurnummer",
        "product_id": "productcode productno itemcode itemno itemnumber articleno artikel artikelnummer "
        "artikelnr artikelid produkt produktnummer produktid produit producto produto prodotto articolo "
        "articulo artículo",
        "description": "productdescription itemdescription bezeichnung beschreibung produktname artikelname "
        "artikelbezeichnung libelle libellé designation désignation descripcion descripción descrizione "
        "omschrijving descricao descrição",
        "quantity": "orderquantity quantityordered menge anzahl stück stueck stk quantité quantite qte qté "
        "cantidad quantità quantita aantal quantidade qtde",
        "unit_price": "priceeach sellingprice einzelpreis stückpreis stueckpreis preis verkaufspreis prix "
        "prixunitaire precio preciounitario prezzo prezzounitario prijs stuksprijs eenheidsprijs preço preco "
        "preçounitário precounitario",
        "line_total": "lineamount extendedprice extprice totalamount salesamount gesamt gesamtpreis "
        "gesamtbetrag betrag summe umsatz zeilensumme positionssumme montant importe importo totale bedrag "
        "totaal omzet valortotal",
        "timestamp": "transactiondate transactiondatetime saledate salesdate createdat createddate "
        "creationdate orderedat orderdatetime ordertimestamp purchasedat purchasedatetime invoicedatetime "
        "billdate receiptdate soldat dateofpurchase dateordered datum bestelldatum rechnungsdatum kaufdatum "
        "verkaufsdatum belegdatum zeitpunkt zeitstempel datecommande dateachat datefacture dateheure fecha "
        "fechapedido fechacompra fechafactura data dataordine dataacquisto dataora besteldatum factuurdatum "
        "aankoopdatum datacompra datapedido",
        "country": "land pays país pais paese",
    }.items()
}
# Names that mean one of ours although they are not taken for it unasked. Where accounts have several people,
# either may be the customer.
ACCOUNTS: frozenset[str] = frozenset(
    {"account", "accountid", "accountno", "accountnumber", "accountname", "company", "companyid"}
    | {"companyname", "organisation", "organization", "organisationid", "organizationid", "firm"}
)
PEOPLE: frozenset[str] = frozenset(
    {"email", "emailaddress", "customeremail", "useremail", "buyeremail", "contact", "contactid"}
    | {"contactname", "contactemail", "person", "personid", "buyername", "orderedby"}
)
COULD_BE: Mapping[str, frozenset[str]] = {
    "customer_id": frozenset(
        {"client", "clientno", "buyer", "buyerid", "member", "memberid", "shopper", "patron", "kunde"}
        | {"customername", "cardno", "cardid", "household", "householdid"}
        | ACCOUNTS
        | PEOPLE
    ),
    "quantity": frozenset({"quantitysold", "qtysold", "itemcount", "piecessold", "number"}),
    "line_total": frozenset({"sales", "netsales", "grosssales", "net", "gross", "netamount", "grossamount"}),
    "timestamp": frozenset({"orderedat", "purchasedat", "boughton", "dateordered", "saledate", "soldat"}),
}
# Columns that stand beside ours, and what they say.
BESIDE_ALIASES: Mapping[str, frozenset[str]] = {
    "time": frozenset(
        {"time", "timeofday", "transtime", "transactiontime", "ordertime", "invoicetime", "uhrzeit"}
    ),
    "sign": frozenset(
        {
            "type",
            "transactiontype",
            "linetype",
            "documenttype",
            "doctype",
            "recordtype",
            "belegart",
            "vorgangsart",
            "direction",
            "creditdebit",
            "debitcredit",
            "drcr",
            "crdr",
        }
    ),
    "status": frozenset(
        {
            "status",
            "orderstatus",
            "paymentstatus",
            "financialstatus",
            "transactionstatus",
            "salestatus",
            "invoicestatus",
            "linestatus",
            "orderstate",
            "bestellstatus",
            "zahlungsstatus",
            "statut",
            "estado",
            "stato",
        }
    ),
    "discount": frozenset(
        {
            "discount",
            "discounts",
            "discountamount",
            "discountvalue",
            "discountpercent",
            "discountpercentage",
            "discountpct",
            "discountrate",
            "discountapplied",
            "linediscount",
            "itemdiscount",
            "totaldiscount",
            "disc",
            "rebate",
            "rabatt",
            "rabattbetrag",
            "nachlass",
            "remise",
            "descuento",
            "sconto",
            "korting",
            "desconto",
        }
    ),
    "currency": frozenset({"currency", "currencycode", "currencyiso", "isocurrency", "wahrung", "devise"}),
}
DECLINED = "none"  # said of a column of ours that the source shall not have, whatever its names look like
KNOWN_FIELDS = {field.name: field for field in (*FIELDS, LINE_TOTAL)}


def choose_columns(found: Sequence[str], given: Mapping[str, str | None], source: str) -> dict[str, str]:
    """Our name to the source's name, for every column of ours that the source has."""
    _check_given_columns(found, _list_said(found, given, BESIDE_ALIASES), source)
    given = {name: column for name, column in given.items() if name not in BESIDE_ALIASES}
    declined = {name for name, column in given.items() if column == DECLINED and DECLINED not in found}
    said = {name: column for name, column in given.items() if column is not None and name not in declined}
    _check_given_columns(found, said, source)
    free = [column for column in found if column not in said.values()]
    wanted = [name for name in KNOWN_FIELDS if name not in declined]
    chosen = {name: said.get(name) or _find_by_alias(name, free, source) for name in wanted}
    present = {name: column for name, column in chosen.items() if column is not None}
    missing = [KNOWN_FIELDS[name] for name in _list_missing_columns(present)]
    if missing:
        others = [column for column in found if column not in present.values()]
        raise DataError(_explain_missing_columns(missing, found, others, source))
    return present


def choose_beside(
    found: Sequence[str], given: Mapping[str, str | None], columns: Mapping[str, str]
) -> dict[str, str]:
    """The columns that stand beside ours: said, or the first of a known name that is none of ours."""
    said = _list_said(found, given, BESIDE_ALIASES)
    free = [column for column in found if column not in columns.values()]
    wanted = [name for name in BESIDE_ALIASES if name not in said and given.get(name) != DECLINED]
    known = {
        name: column
        for name in wanted
        for column in reversed(free)
        if simplify_column(column) in BESIDE_ALIASES[name]
    }
    return known | said


def _list_said(found: Sequence[str], given: Mapping[str, str | None], names: Iterable[str]) -> dict[str, str]:
    said = {name: column for name in names if (column := given.get(name)) is not None}
    return {name: column for name, column in said.items() if column != DECLINED or DECLINED in found}


def order_columns(table: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """Our names first, in our order; every other column stays, and makes way where it bears one of ours."""
    others = [column for column in table.columns if column not in columns.values()]
    return table.select(
        **{name: table[column] for name, column in columns.items()},
        **{f"{column}_in_source" if column in KNOWN_FIELDS else column: table[column] for column in others},
    )


def _list_missing_columns(present: Mapping[str, str]) -> Iterable[str]:
    """A line needs who, when, and what it cost: the total, or how many pieces at which price."""
    cost = [] if "line_total" in present else ["quantity", "unit_price"]
    needed = [*(field.name for field in FIELDS if field.required), *cost]
    return [name for name in needed if name not in present]


def _find_by_alias(name: str, free: Sequence[str], source: str) -> str | None:
    usual = [column for column in free if simplify_column(column) in COLUMN_ALIASES[name]]
    candidates = usual or [column for column in free if _may_mean(column, name)]
    if len(candidates) > 1:
        ways = " or ".join(f"data.columns.{name}='{column}'" for column in candidates)
        raise ConfigError(
            f"{source}: {_join_columns(candidates)} may each be {name} ({KNOWN_FIELDS[name].meaning}). "
            f"Say which: {ways}."
        )
    return candidates[0] if candidates else None


def _may_mean(column: str, name: str) -> bool:
    """By a weaker name, or by that of a part of something else, as `item.price` is."""
    _, dot, last = column.rpartition(".")
    return simplify_column(column) in MORE_ALIASES[name] or (
        bool(dot) and simplify_column(last) in COLUMN_ALIASES[name]
    )


def _check_given_columns(found: Sequence[str], said: Mapping[str, str], source: str) -> None:
    amounts = [said[name] for name in AMOUNTS if name in said]
    for column in amounts:
        if amounts.count(column) > 1:
            twice = " and ".join(f"data.columns.{name}" for name in AMOUNTS if said.get(name) == column)
            raise ConfigError(
                f"{twice} are both '{column}'. Name a column of its own for each, or leave one out."
            )
    for name, column in said.items():
        if name not in KNOWN_FIELDS and name not in BESIDE_ALIASES:
            raise ConfigError(
                f"data.columns.{name}: there is no such column. Known: "
                f"{', '.join((*KNOWN_FIELDS, *BESIDE_ALIASES))}."
            )
        if column not in found:
            near = difflib.get_close_matches(column, found, n=1, cutoff=0.5)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ConfigError(
                f"data.columns.{name}='{column}': {source} has no such column. Found: "
                f"{_join_columns(found)}.{hint}"
            )


def _explain_missing_columns(
    missing: Sequence[ColumnField], found: Sequence[str], others: Sequence[str], source: str
) -> str:
    told = [f"'{field.name}' ({field.meaning}{_find_candidates(field.name, others)})" for field in missing]
    is_cost = {field.name for field in missing} & {"quantity", "unit_price"}
    instead = f" The {LINE_TOTAL.meaning} is enough instead: data.columns.line_total='<column>'."
    return (
        f"{source}: no column for {', '.join(told)}. Found: {_join_columns(found)}. "
        f"Say which it is: data.columns.{missing[0].name}='<column>'; docs/data.md lists the "
        f"names that are known.{instead if is_cost else ''}"
    )


def _find_candidates(name: str, others: Sequence[str]) -> str:
    """The columns that could be it by their names, or the one whose name is most like those we know."""
    candidates = [f"'{column}'" for column in list_candidates(name, others)]
    if candidates:
        return f"; it could be {' or '.join(candidates)}"

    def likeness(column: str) -> float:
        return max(
            difflib.SequenceMatcher(None, alias, simplify_column(column)).ratio()
            for alias in COLUMN_ALIASES[name]
        )

    near = [column for column in others if likeness(column) > 0.8]
    return f"; perhaps '{max(near, key=likeness)}'" if near else ""


def list_candidates(name: str, columns: Iterable[str]) -> list[str]:
    """The columns that could be this one of ours, and are not taken for it unasked."""
    return [column for column in columns if simplify_column(column) in COULD_BE.get(name, ())]


def simplify_column(name: str) -> str:
    """A name without case, blanks and punctuation, as aliases are written."""
    return re.sub(r"[\W_]+", "", name).lower()


def _join_columns(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def complete_columns(table: ir.Table, invoice: str) -> tuple[ir.Table, tuple[str, ...]]:
    """Add the invoice and the price of a piece where the log has neither, and say how."""
    added: dict[str, ir.Value] = {}
    notes = []
    if "invoice_id" not in table.columns:
        added["invoice_id"] = _make_invoice(table, invoice)
        notes.append(f"No invoice ids: all lines of one customer and {invoice} are one invoice.")
    if "quantity" not in table.columns:
        notes.append("No quantities: features that count pieces can't be had.")
    elif "unit_price" not in table.columns:
        added["unit_price"] = table["line_total"] / table["quantity"].nullif(0.0)
        notes.append("No prices of a piece: they are line totals over quantities.")
    if "unit_price" in table.columns and "line_total" in table.columns:
        notes.append("Lines have totals of their own: money is summed from these.")
    whole = table.mutate(**added)
    ours = [name for name in KNOWN_FIELDS if name in whole.columns]
    return whole.relocate(*ours), tuple(notes)


def _make_invoice(table: ir.Table, invoice: str) -> ir.StringValue:
    """The moment stands first: an id that began with a customer's C would read as a cancellation."""
    when = table["timestamp"] if invoice == "timestamp" else table["timestamp"].date()
    return when.cast("string") + " " + table["customer_id"]
