package peers;

import com.fasterxml.jackson.annotation.JsonProperty;

/** examples/data/house.json, the record that every client sends. */
record House(
        @JsonProperty("CRIM") double crim,
        @JsonProperty("ZN") double zn,
        @JsonProperty("INDUS") double indus,
        @JsonProperty("CHAS") double chas,
        @JsonProperty("NOX") double nox,
        @JsonProperty("RM") double rm,
        @JsonProperty("AGE") double age,
        @JsonProperty("DIS") double dis,
        @JsonProperty("RAD") double rad,
        @JsonProperty("TAX") double tax,
        @JsonProperty("PTRATIO") double ptratio,
        @JsonProperty("B") double b,
        @JsonProperty("LSTAT") double lstat) {
    static House first() {
        return new House(
                0.00632, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3, 396.9, 4.98);
    }
}
