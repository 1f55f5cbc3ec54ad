"""Countries by name, in English, from their two ISO letters. Pure."""

TABLE = """
AD Andorra, AE United Arab Emirates, AF Afghanistan, AG Antigua and Barbuda, AL Albania, AM Armenia, AO Angola,
AR Argentina, AT Austria, AU Australia, AZ Azerbaijan, BA Bosnia and Herzegovina, BB Barbados, BD Bangladesh,
BE Belgium, BF Burkina Faso, BG Bulgaria, BH Bahrain, BI Burundi, BJ Benin, BM Bermuda, BN Brunei, BO Bolivia,
BR Brazil, BS Bahamas, BT Bhutan, BW Botswana, BY Belarus, BZ Belize, CA Canada, CD DR Congo,
CF Central African Republic, CG Congo, CH Switzerland, CI Côte d’Ivoire, CL Chile, CM Cameroon, CN China, CO Colombia,
CR Costa Rica, CU Cuba, CV Cape Verde, CY Cyprus, CZ Czechia, DE Germany, DJ Djibouti, DK Denmark, DM Dominica,
DO Dominican Republic, DZ Algeria, EC Ecuador, EE Estonia, EG Egypt, ER Eritrea, ES Spain, ET Ethiopia, FI Finland,
FJ Fiji, FO Faroe Islands, FR France, GA Gabon, GB United Kingdom, GD Grenada, GE Georgia, GG Guernsey, GH Ghana,
GI Gibraltar, GL Greenland, GM Gambia, GN Guinea, GQ Equatorial Guinea, GR Greece, GT Guatemala, GW Guinea-Bissau,
GY Guyana, HK Hong Kong, HN Honduras, HR Croatia, HT Haiti, HU Hungary, ID Indonesia, IE Ireland, IL Israel,
IM Isle of Man, IN India, IQ Iraq, IR Iran, IS Iceland, IT Italy, JE Jersey, JM Jamaica, JO Jordan, JP Japan,
KE Kenya, KG Kyrgyzstan, KH Cambodia, KI Kiribati, KM Comoros, KN Saint Kitts and Nevis, KP North Korea,
KR South Korea, KW Kuwait, KZ Kazakhstan, LA Laos, LB Lebanon, LC Saint Lucia, LI Liechtenstein, LK Sri Lanka,
LR Liberia, LS Lesotho, LT Lithuania, LU Luxembourg, LV Latvia, LY Libya, MA Morocco, MC Monaco, MD Moldova,
ME Montenegro, MG Madagascar, MH Marshall Islands, MK North Macedonia, ML Mali, MM Myanmar, MN Mongolia, MO Macao,
MR Mauritania, MT Malta, MU Mauritius, MV Maldives, MW Malawi, MX Mexico, MY Malaysia, MZ Mozambique, NA Namibia,
NC New Caledonia, NE Niger, NG Nigeria, NI Nicaragua, NL Netherlands, NO Norway, NP Nepal, NR Nauru, NZ New Zealand,
OM Oman, PA Panama, PE Peru, PF French Polynesia, PG Papua New Guinea, PH Philippines, PK Pakistan, PL Poland,
PR Puerto Rico, PS Palestine, PT Portugal, PW Palau, PY Paraguay, QA Qatar, RO Romania, RS Serbia, RU Russia,
RW Rwanda, SA Saudi Arabia, SB Solomon Islands, SC Seychelles, SD Sudan, SE Sweden, SG Singapore, SI Slovenia,
SK Slovakia, SL Sierra Leone, SM San Marino, SN Senegal, SO Somalia, SR Suriname, SS South Sudan,
ST São Tomé and Príncipe, SV El Salvador, SY Syria, SZ Eswatini, TD Chad, TG Togo, TH Thailand, TJ Tajikistan,
TL Timor-Leste, TM Turkmenistan, TN Tunisia, TO Tonga, TR Türkiye, TT Trinidad and Tobago, TV Tuvalu, TW Taiwan,
TZ Tanzania, UA Ukraine, UG Uganda, US United States, UY Uruguay, UZ Uzbekistan, VA Vatican City,
VC Saint Vincent and the Grenadines, VE Venezuela, VN Vietnam, VU Vanuatu, WS Samoa, XK Kosovo, YE Yemen,
ZA South Africa, ZM Zambia, ZW Zimbabwe
"""
COUNTRIES: dict[str, str] = {entry[:2]: entry[3:] for entry in TABLE.replace("\n", " ").strip().split(", ")}


def country_name(code: str) -> str:
    """ "GB" -> "United Kingdom"; a code that we cannot name stays as it is."""
    return COUNTRIES.get(code.upper(), code)
