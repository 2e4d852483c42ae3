package dev.mitosis.workloads.recorder;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps a signal to the recorder from ending it while a program is recorded: an interrupt from the terminal reaches the program
 * too, and a request to end is passed on to it. What is done here is said by the recorder.
 *
 * <p>The handlers do nothing but that. They are handlers, not "ignore": a program started meanwhile would inherit that.
 *
 * <p>{@code sun.misc.Signal} is reached by reflection: it is there on every Java since 8, and not part of the standard that the
 * compiler lets us name without a warning.
 */
final class SigintGuard implements AutoCloseable {
    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

    private final List<Runnable> restore = new ArrayList<>();

    /** Shields from now on; {@code onInterrupt} runs at each interrupt, {@code onTerminate} when the recorder is asked to end. */
    SigintGuard(Runnable onInterrupt, Runnable onTerminate) {
        for (String name : SIGNALS) {
            try {
                install(name, name.equals("INT") ? onInterrupt : onTerminate);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("this Java has no sun.misc.Signal", e);
            }
        }
    }

    private void install(String name, Runnable action) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        Object handler = Proxy.newProxyInstance(
                SigintGuard.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        action.run();
                    }
                    return null;
                });
        Object previous;
        try {
            previous = handle.invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            // Started with -Xrs, or the signal is used by the virtual machine: then it is as the user wanted it.
            return;
        }
        restore.add(() -> {
            try {
                handle.invoke(null, signal, previous);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("the handler of SIG" + name + " cannot be put back", e);
            }
        });
    }

    @Override
    public void close() {
        restore.forEach(Runnable::run);
    }
}
