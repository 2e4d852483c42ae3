package dev.mitosis.halnative.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlbTableTest {
    private static CpuModel amd(int family, int model, int lastLevelTlbPages) {
        return new CpuModel("AuthenticAMD", family, model, "", lastLevelTlbPages);
    }

    /** What Linux prints as "TLB size" on these, from machines of each kind. */
    @ParameterizedTest
    @CsvSource({
        "15, 33, K8, 1024",
        "16, 9, Family 10h, 1024",
        "23, 1, Zen, 2560",
        "23, 49, Zen 2, 3072",
        "25, 1, Zen 3, 2560",
        "25, 17, Zen 4, 3584"
    })
    void amdsLastLevelsAddUpToWhatTheKernelPrints(int family, int model, String name, int pages) {
        TlbTable table = TlbTable.load();
        assertEquals(name, table.microarchitecture(amd(family, model, pages)));
        List<HostTlb> tlbs = table.find(amd(family, model, pages));
        assertTrue(TlbTable.agrees(amd(family, model, pages), tlbs));
        assertFalse(TlbTable.agrees(amd(family, model, pages + 1), tlbs));
    }

    @Test
    void aHaswellHasASecondLevelForBothSizes() {
        List<HostTlb> tlbs = TlbTable.load().find(new CpuModel("GenuineIntel", 6, 0x3f, "Xeon E7", -1));
        assertTrue(tlbs.contains(new HostTlb("STLB", "4K+2M", 1024, "8", "IOM")), tlbs.toString());
        assertTrue(TlbTable.agrees(CpuModel.UNKNOWN, tlbs));
    }

    @Test
    void whatTheTableDoesNotHaveIsNotGuessed() {
        assertEquals(List.of(), TlbTable.load().find(CpuModel.UNKNOWN));
        assertEquals(List.of(), TlbTable.load().find(amd(25, 0x60 - 0x100, -1)));
        assertEquals("", TlbTable.load().microarchitecture(CpuModel.UNKNOWN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "AuthenticAMD,10,*,x,L1,4K,many,4,s", "AuthenticAMD,10,1 to 4,x,L1,4K,4,4,s"})
    void aBadRowIsNamedWithItsLine(String row) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> TlbTable.parse("# comment\n\n" + row + "\n"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("tlbs.csv:3: not a row"), refused.getMessage());
    }
}
